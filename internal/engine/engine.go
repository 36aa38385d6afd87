// Package engine says what Ferry needs of a container engine, in words that fit
// Docker and Kubernetes alike: names, not addresses. What only some engines can do is
// said by Features, as data: nobody asks an engine for its type.
//
// Every method may be called by many goroutines at once. Errors that callers
// branch on are ErrNotFound, ErrConflict and ErrUnavailable; all are wrapped
// with what was being done to what. Creating what exists already with the same
// name succeeds when it bears the same stack label and fails with ErrConflict
// otherwise; removing what is gone succeeds; starting what runs and stopping
// what has stopped succeed. So every call may be repeated after a crash.
package engine

import (
	"context"
	"errors"
	"io"
	"net"
	"time"

	"github.com/ferry-project/ferry"
)

// The errors callers branch on.
var (
	ErrNotFound    = errors.New("not found")
	ErrConflict    = errors.New("conflict")
	ErrUnavailable = errors.New("engine unavailable") // no engine, too old, no permission
)

// Engine is what every engine has. Building images is not among it: see Images.
type Engine interface {
	Host
	Networks
	Volumes
	Nodes
	Inside
	Watcher
	// What follows works where Info says so, and fails with errors.ErrUnsupported elsewhere.
	Copier
	Packer
	Freezer
	Committer
	Layerer
}

// Host is the machine, or the machines, behind the engine.
type Host interface {
	// Info fails with ErrUnavailable and a hint in the text when no usable
	// engine answers. It is cheap: one round trip.
	Info(ctx context.Context) (Info, error)
}

// Info describes an engine.
type Info struct {
	Engine     string  // "docker"
	Version    string  // "20.10.24"
	APIVersion string  // "1.41"
	Memory     int64   // bytes
	CPUs       float64 // cores
	DataRoot   string  // where images and volumes lie; "" when remote
	Features   Features
	Facts      Facts
}

// Features are what engines differ in, each for the sake of what Ferry does otherwise
// where it is missing. They do not change while a server lives.
type Features struct {
	// FixedAddresses: a node has Spec.Address, in Network.Subnet. Where engines assign
	// addresses, a node has one only when it runs, and another one after each start:
	// names lead to nodes only by what ListNodes says then.
	FixedAddresses bool
	// Copy: volumes are copied where they lie (Copier), and carried elsewhere (Packer). A
	// snapshot needs it.
	Copy bool
	// Freeze: nodes stand still while others run (Freezer). Without it a snapshot stops
	// the stack first.
	Freeze bool
	// Commit: a node's file system becomes an image (Committer).
	Commit bool
	// Layer: volumes begin with what others hold, and share it until it is changed (Layerer).
	// Whether the engine's machine lets it is found out by the first of them.
	Layer bool
}

// Networks connect the nodes of one stack and nobody else.
type Networks interface {
	CreateNetwork(ctx context.Context, n Network) error
	RemoveNetwork(ctx context.Context, name string) error
	// ListNetworks lists all networks of the engine, so that a planner can
	// avoid their subnets; those of Ferry bear labels.
	ListNetworks(ctx context.Context) ([]Network, error)
}

// Network is a network of the engine.
type Network struct {
	Name    string
	Subnet  string // CIDR; without fixed addresses it is not looked at, and "" in a listing
	Gateway string
	// Private: nodes reach each other. The engine's host has no route to them, nor
	// have they one out; Dial reaches them all the same.
	Private bool
	Labels  map[string]string
}

// Volumes hold what outlives a node.
type Volumes interface {
	CreateVolume(ctx context.Context, name string, labels map[string]string) error
	RemoveVolume(ctx context.Context, name string) error
	ListVolumes(ctx context.Context, labels map[string]string) ([]Volume, error)
}

// Volume is one entry of a listing.
type Volume struct {
	Name   string
	Labels map[string]string
}

// Nodes are the containers. A node is named by Spec.Name in every call.
type Nodes interface {
	// CreateNode makes the node and puts its files in. One that is there and has never
	// been started gets its files again: whoever made it may have been killed before
	// they were in. One that has been started is left as it is.
	CreateNode(ctx context.Context, s Spec) error
	// StartNode starts a node that was made on a network which is gone on the one that
	// has its name by now.
	StartNode(ctx context.Context, node string) error
	// StopNode asks the node's init to end, also one that has hardly begun and does not
	// listen yet, and kills it after grace.
	StopNode(ctx context.Context, node string, grace time.Duration) error
	RemoveNode(ctx context.Context, node string) error // also a running one
	// ListNodes lists the nodes that bear all the labels, running or not. A
	// label wanted with an empty value may have any; so with volumes.
	ListNodes(ctx context.Context, labels map[string]string) ([]Node, error)
	// NodeStates are the states of the nodes that ListNodes would list, by name. It is
	// cheap also where ListNodes must ask for each node.
	NodeStates(ctx context.Context, labels map[string]string) (map[string]State, error)
}

// Spec is a node to be created.
type Spec struct {
	Name         string
	Hostname     string
	Image        string
	Env          map[string]string
	Labels       map[string]string
	Network      string
	Address      string // without fixed addresses it is not looked at
	Mounts       []Mount
	Tmpfs        []string
	Ports        []ferry.Port // those with Host > 0 are published, on Address or 127.0.0.1
	Capabilities []string     // all others are dropped
	Devices      []string     // "/dev/fuse"
	Memory       int64        // bytes; 0: no limit
	CPUs         float64      // cores; 0: no limit
	Processes    int64        // processes and threads; 0: no limit
	// Files is a tar that is unpacked at the root of the node's file system, and of its
	// volumes, before it is started for the first time. Owners in it are numeric.
	// Directories that it does not name are made as root's, with mode 0755.
	Files []byte
	// Sealed nodes alone may mount file systems: in every other one the engine
	// refuses the calls, whatever its capabilities are.
	Sealed bool
}

// Mount puts a volume at a path.
type Mount struct {
	Volume, Path string
	ReadOnly     bool
}

// Node is a node as the engine sees it.
type Node struct {
	Name     string
	Image    string
	Labels   map[string]string
	State    State
	ExitCode int
	Address  string // "" while there is none: see Features.FixedAddresses
	Started  time.Time
	Memory   int64 // the limit
}

// State of a node.
type State string

// The states. Paused counts as running for nobody: a probe would wait forever.
const (
	Created State = "created"
	Running State = "running"
	Exited  State = "exited"
	Paused  State = "paused"
)

// Inside reaches into a node.
type Inside interface {
	// Exec runs a command in a running node and returns its exit code. When ctx
	// ends, the command is ended too (TERM, then KILL), so nothing of it stays.
	Exec(ctx context.Context, node string, e Exec) (code int, err error)
	// CopyTo unpacks a tar at path; the node may be stopped. Owners in the tar
	// are numeric and are kept.
	CopyTo(ctx context.Context, node, path string, tar io.Reader) error
	// CopyFrom packs path as a tar; its first entry is path's base name.
	CopyFrom(ctx context.Context, node, path string) (io.ReadCloser, error)
	// Logs writes what the node's init and processes printed.
	Logs(ctx context.Context, node string, l Logs, w io.Writer) error
	// Dial connects to a port of the node, from wherever Ferry runs.
	Dial(ctx context.Context, node string, port int) (net.Conn, error)
}

// Exec is a command to run.
type Exec struct {
	Command []string
	User    string // "" : root
	Env     map[string]string
	Dir     string
	TTY     bool // Stderr is then unused
	Stdin   io.Reader
	Stdout  io.Writer
	Stderr  io.Writer
	Resize  <-chan Size
}

// Size of a terminal, in characters.
type Size struct{ Width, Height uint }

// Logs says which part of a log is wanted.
type Logs struct {
	Follow bool
	Tail   int // lines; 0: all
	Since  time.Time
}

// Watcher reports what happens to nodes.
type Watcher interface {
	// Watch sends the end and the start of every node of Ferry until ctx ends
	// or the engine goes away; then the channel is closed.
	Watch(ctx context.Context) (<-chan Event, error)
}

// Event is the start or end of a node.
type Event struct {
	Node     string
	Labels   map[string]string
	State    State // Running or Exited
	ExitCode int
}

// Committer makes an image of a node's file system.
type Committer interface {
	CommitNode(ctx context.Context, node, ref string, labels map[string]string) error
}
