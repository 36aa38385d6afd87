package ferry

import (
	"strings"
	"time"
)

// Plan is what a stack is to be, fixed before anything starts: names, addresses,
// ports, volumes, files, limits, tasks and probes. The work that leads there is derived
// from it, from the plan before it and from what the engine has. The same input and
// the same observed state give the same bytes. It holds no secret.
type Plan struct {
	Format int    `json:"format"` // 1; raised when an old plan can no longer be read
	Stack  string `json:"stack"`
	Name   string `json:"name,omitempty"`
	// Lineage names the data: the id of the stack that first had it. What is written
	// into data (a volume's name, a cluster's id) follows from it, and so do the
	// services' ids; a stack that begins with another's data keeps them.
	Lineage string `json:"lineage"`
	// Revision counts the plans that the stack has had, from 0: the newest is adopted.
	Revision    int         `json:"revision,omitempty"`
	Application Application `json:"application"`
	Network     Network     `json:"network"`
	Images      []ImageRef  `json:"images"`
	Services    []Planned   `json:"services"`
	Nodes       []Node      `json:"nodes"`
}

// Network is the stack's own.
type Network struct {
	Name    string `json:"name"`
	Host    string `json:"host"`
	Subnet  string `json:"subnet"`  // CIDR
	Gateway string `json:"gateway"` // an address of the subnet
	// Private: the host has no address in it, and no route to it.
	Private bool `json:"private,omitempty"`
	// Assigned: the engine assigns addresses when nodes start. There is no subnet, and
	// no address in the plan.
	Assigned bool `json:"assigned,omitempty"`
}

// ImageRef ties a recipe to the reference the engine knows it by.
type ImageRef struct {
	Recipe string `json:"recipe"` // empty: a user's own image
	Ref    string `json:"ref"`
}

// Planned is one service of a plan.
type Planned struct {
	ID        string        `json:"id"` // se-…
	Class     Class         `json:"class"`
	Parent    string        `json:"parent,omitempty"` // a compute's or layer's storage
	Spec      Service       `json:"spec"`
	Nodes     []string      `json:"nodes"`
	Tasks     []Task        `json:"tasks,omitempty"`
	Probes    []Probe       `json:"probes,omitempty"`
	Tests     []Task        `json:"tests,omitempty"`
	Secrets   []Secret      `json:"secrets,omitempty"`
	Export    Export        `json:"export,omitzero"`
	Web       []WebPage     `json:"web,omitempty"`
	Notes     []string      `json:"notes,omitempty"`
	MaxFreeze time.Duration `json:"max_freeze,omitempty"` // see Blueprint
	// Layout is the Blueprint's.
	Layout map[string]string `json:"layout,omitempty"`
}

// Node is one planned container: a machine of the stack.
type Node struct {
	NodeBlueprint
	Service   string `json:"service"`
	Host      string `json:"host"` // the engine it runs on; today "local"
	Address   string `json:"address"`
	Container string `json:"container"` // the engine's name for it
	Ref       string `json:"ref"`       // the image as the engine knows it
}

// VolumeName is the engine's name for a volume that the node mounts.
func (n Node) VolumeName(v Volume) string {
	owner := n.Container
	if v.Of != "" {
		owner = strings.TrimSuffix(owner, n.Name) + v.Of
	}
	return owner + "-" + v.Name
}

// Volume returns the volume of that name that the node mounts.
func (n Node) Volume(name string) (Volume, bool) {
	for _, v := range n.Volumes {
		if v.Name == name {
			return v, true
		}
	}
	return Volume{}, false
}

// Verb is what an operation does: exactly one call of the engine, one wait or one command.
type Verb string

// The verbs.
const (
	EnsureImage   Verb = "image"
	CreateNetwork Verb = "network"
	CreateVolume  Verb = "volume"
	CreateNode    Verb = "create"  // the container and its files, not yet started
	PutFiles      Verb = "files"   // other files into a container that is to start again
	Refresh       Verb = "refresh" // other files into a node that runs, in force at once
	StartNode     Verb = "start"
	WriteHosts    Verb = "hosts" // the addresses that engines have assigned, into all nodes that run
	RunTask       Verb = "task"
	AwaitProbe    Verb = "probe"
	Ready         Verb = "ready" // joins the probes of a service; does nothing itself
	StopNode      Verb = "stop"
	RemoveNode    Verb = "remove"
	RemoveVolume  Verb = "remove-volume"
	RemoveNetwork Verb = "remove-network"
)

// Op is one operation of a graph. It names what it works on; the plan has the rest.
type Op struct {
	ID      string   `json:"id"` // "start gluster0"; unique in its graph
	Do      Verb     `json:"do"`
	Host    string   `json:"host"`
	Service string   `json:"service,omitempty"`
	Node    string   `json:"node,omitempty"`
	Name    string   `json:"name,omitempty"` // task, probe, volume, image reference
	After   []string `json:"after,omitempty"`
	Why     string   `json:"why"`
	// Optional operations are reported when they fail, and the walk goes on.
	Optional bool `json:"optional,omitempty"`
}

// Host is one engine's machine as the planner sees it.
type Host struct {
	ID     string  `json:"id"` // "local"
	Memory int64   `json:"memory"`
	CPUs   float64 `json:"cpus"`
	// Assigns: its engine assigns the addresses of nodes.
	Assigns bool `json:"assigns,omitempty"`
	// Lacks are what nodes cannot have there.
	Lacks []Lack `json:"lacks,omitempty"`
}

// Lack is something that the engine of a host cannot give a node.
type Lack struct {
	What string `json:"what"` // a capability's name, LackCPUs or LackMemory
	Why  string `json:"why"`
	Hint string `json:"hint,omitempty"`
}

// What may be lacking beside capabilities: limits of cores, which a service asks for, and
// of memory, which every node has and does well enough without.
const (
	LackCPUs   = "cpus"
	LackMemory = "memory"
)

// LocalHost is the only host there is today.
const LocalHost = "local"

// Node returns the planned node of that name.
func (p *Plan) Node(name string) (Node, bool) {
	for _, n := range p.Nodes {
		if n.Name == name {
			return n, true
		}
	}
	return Node{}, false
}

// Service returns the planned service of that id.
func (p *Plan) Service(id string) (Planned, bool) {
	for _, s := range p.Services {
		if s.ID == id {
			return s, true
		}
	}
	return Planned{}, false
}

// ServiceIDs lists the ids of all services.
func (p *Plan) ServiceIDs() []string {
	var ids []string
	for _, s := range p.Services {
		ids = append(ids, s.ID)
	}
	return ids
}

// Secrets lists the secrets that all services need.
func (p *Plan) Secrets() []Secret {
	var all []Secret
	for _, s := range p.Services {
		all = append(all, s.Secrets...)
	}
	return all
}
