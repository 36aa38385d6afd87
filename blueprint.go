package ferry

import (
	"strconv"
	"strings"
	"time"
)

// Blueprint is what a personality says a service is: data only, so it can be
// printed, compared with a golden file, replayed on resume and diffed.
type Blueprint struct {
	Nodes   []NodeBlueprint `json:"nodes"`
	Tasks   []Task          `json:"tasks,omitempty"`
	Probes  []Probe         `json:"probes,omitempty"`
	Tests   []Task          `json:"tests,omitempty"` // the smoke test, run by `ferry test`
	Secrets []Secret        `json:"secrets,omitempty"`
	Export  Export          `json:"export,omitzero"`
	Web     []WebPage       `json:"web,omitempty"`
	Notes   []string        `json:"notes,omitempty"` // said to the user at start
	// MaxFreeze is how long its nodes may stand still for a snapshot before somebody takes
	// them for dead; 0: as long as Ferry ever lets them.
	MaxFreeze time.Duration `json:"max_freeze,omitempty"`
	// Layout is by what the service's data is laid out, in words of its personality that are
	// handed to it again for every later plan (personality.Request.Layout): the copies of
	// a block, the tokens of a ring.
	Layout map[string]string `json:"layout,omitempty"`
	// Open is what everybody may do who reaches its ports, as they ask for no login;
	// empty where they ask. The planner says who that is.
	Open string `json:"open,omitempty"`
}

// NodeBlueprint is one machine of a service. Names and addresses come from the Request.
type NodeBlueprint struct {
	Name         string            `json:"name"`
	Role         string            `json:"role,omitempty"`
	Image        string            `json:"image"` // a recipe's name, or a user's own image
	Processes    []Process         `json:"processes,omitempty"`
	Files        []File            `json:"files,omitempty"`
	Volumes      []Volume          `json:"volumes,omitempty"`
	Tmpfs        []string          `json:"tmpfs,omitempty"`
	Ports        []Port            `json:"ports,omitempty"`
	Capabilities []Capability      `json:"capabilities,omitempty"`
	Devices      []Capability      `json:"devices,omitempty"`
	Env          map[string]string `json:"env,omitempty"`
	// Login is the user of `ferry ssh` and `ferry exec`; Home its working directory.
	Login     string    `json:"login,omitempty"`
	Home      string    `json:"home,omitempty"`
	Resources Resources `json:"resources,omitzero"` // memory 0: no limit
	// Sealed nodes may mount file systems for the others. No command, shell or copy
	// of a user reaches one: its root could take over the host.
	Sealed bool `json:"sealed,omitempty"`
	// StopGrace is how long the whole node may take to stop before it is killed.
	StopGrace time.Duration `json:"stop_grace,omitempty"`
	// StopAfter names nodes of the same service that must have stopped before:
	// workers before their master.
	StopAfter []string `json:"stop_after,omitempty"`
	// JoinAfter names tasks of the same service after which the node starts when it is new
	// to a service that runs; else all nodes start together.
	JoinAfter []string `json:"join_after,omitempty"`
}

// Process is a daemon of a node, kept running by the node's init.
type Process struct {
	Name    string            `json:"name"`
	Command []string          `json:"command"`
	User    string            `json:"user,omitempty"` // empty: root
	Env     map[string]string `json:"env,omitempty"`
	Dir     string            `json:"dir,omitempty"`
	// Await lists host:port pairs that should accept a connection before it
	// starts; after 20 seconds without it starts anyway.
	Await []string `json:"await,omitempty"`
	// StopSignal is sent to end it, TERM when empty; Grace is the time until KILL.
	StopSignal string        `json:"stop_signal,omitempty"`
	Grace      time.Duration `json:"grace,omitempty"`
	// Restarts within a minute are allowed up to this many (0: 5, -1: none);
	// past that the process is given up.
	Restarts int `json:"restarts,omitempty"`
	// Vital: the node stops when the process is given up, so that a wait for it
	// ends at once.
	Vital bool `json:"vital,omitempty"`
}

// File is put into a node before it starts. Content may hold secret references
// (see SecretRef); they are filled in on the way to the engine, never in a plan.
type File struct {
	Path    string `json:"path"`
	Content string `json:"content"`
	Mode    uint32 `json:"mode,omitempty"`  // 0: 0644
	Owner   string `json:"owner,omitempty"` // user name of the image; empty: root
	// Live files are read whenever they are needed: a change of one is in force as soon
	// as it is written. Another's waits for the next start of the node's processes.
	Live bool `json:"live,omitempty"`
}

// Volume is data that outlives the node's container.
type Volume struct {
	Name string `json:"name"` // within the node: "brick"
	Path string `json:"path"`
	// Of names the node whose volume of that name this is; empty: the node's own.
	Of       string `json:"of,omitempty"`
	ReadOnly bool   `json:"read_only,omitempty"`
	// Scratch volumes hold nothing that must survive: one that is lost is made again.
	Scratch bool `json:"scratch,omitempty"`
	// Spare volumes hold a user's own files and nothing that the stack needs: it
	// comes up without one that is lost, on an empty one, and says so.
	Spare bool `json:"spare,omitempty"`
}

// Port is a port a node listens on; Host > 0 publishes it.
type Port struct {
	Name      string `json:"name,omitempty"`
	Container int    `json:"container"`
	Host      int    `json:"host,omitempty"`
	Address   string `json:"address,omitempty"` // host address it is published on
	// Formerly are ports that other generations and distributions have for it: a
	// connector that asks for one of them gets this one.
	Formerly []int `json:"formerly,omitempty"`
	// Publish: it is for programs on the host, so it is published even when no file asks
	// for it, as web pages are. See PortRef.
	Publish bool `json:"publish,omitempty"`
}

// Capability is a right beyond an ordinary process, or a device, and why it is needed.
type Capability struct {
	Name string `json:"name"` // "SYS_ADMIN", "/dev/fuse"
	Why  string `json:"why"`
}

// Export is what a service offers to those above it: computes, layers, connectors.
type Export struct {
	Personality string `json:"personality,omitempty"`
	Service     string `json:"service,omitempty"`
	Class       Class  `json:"class,omitempty"`
	// Values become BACKEND_STORAGE_<KEY> and BACKEND_COMPUTE_<KEY> in
	// connectors, those of a layer BACKEND_…_LAYER_<KEY>. Keys are lower case.
	Values map[string]string `json:"values,omitempty"`
	Nodes  []string          `json:"nodes,omitempty"`
	// Env and Files are what a connector needs beside the BACKEND_ variables.
	Env   map[string]string `json:"env,omitempty"`
	Files []File            `json:"files,omitempty"`
	// Attach is what a node that uses the service must run and be allowed.
	Attach Attachment `json:"attach,omitzero"`
	Layers []Export   `json:"layers,omitempty"`
}

// Attachment is the part of a node that makes it a user of a service: Gluster's
// mount, for example. Its probes are asked in every node that attaches; Probe.Node
// and Task.Node are filled in by the planner.
type Attachment struct {
	Processes    []Process    `json:"processes,omitempty"`
	Capabilities []Capability `json:"capabilities,omitempty"`
	Volumes      []Volume     `json:"volumes,omitempty"`
	Tmpfs        []string     `json:"tmpfs,omitempty"`
	Probes       []Probe      `json:"probes,omitempty"`
}

// WebPage is a web interface of a service.
type WebPage struct {
	Name string `json:"name"` // "NameNode"
	Node string `json:"node"`
	Port int    `json:"port"`
	Path string `json:"path,omitempty"`
	// Formerly are ports that older generations had for it: a connector that asks
	// for one of them, or for Port, to be published gets this page.
	Formerly []int `json:"formerly,omitempty"`
}

// Secret is generated once per stack, kept in its record and never in a plan.
type Secret struct {
	Name string     `json:"name"` // unique in the stack: "mpi-ssh"
	Kind SecretKind `json:"kind"`
	// Renewable says that the service takes a new value at its next start. An SSH
	// key always is; a password that a service keeps in its own data is not.
	Renewable bool `json:"renewable,omitempty"`
}

// SecretKind says what is generated.
type SecretKind string

// The kinds: a Password has the part "value"; an SSHKey "private" (OpenSSH PEM)
// and "public" (one authorized_keys line without comment).
const (
	Password SecretKind = "password"
	SSHKey   SecretKind = "ssh-ed25519"
)

// StackRef stands for the id of the stack in a hint, until the hint is shown: data
// outlives the stack that it was first in, and so does what is planned for it.
const StackRef = "${ferry-stack}"

// SecretRef is the text that stands for a part of a secret in File.Content and in
// Ask.Script until the file goes to the engine or the script to its speaker.
func SecretRef(name, part string) string { return SecretMark + name + "." + part + "}" }

// PortRef is the text that stands, in a File of a node, for the host port on which the
// node's own port is published: a service must know it whose clients go where it says. It
// is that port itself where nothing is published, in a private network.
func PortRef(container int) string { return "${ferry-port:" + strconv.Itoa(container) + "}" }

// HoldsSecret reports whether text holds a reference to a secret. Text of an
// environment never does: everybody who may look at a container reads it.
func HoldsSecret(text string) bool { return strings.Contains(text, SecretMark) }

// SecretMark begins every SecretRef; no word of a user's may hold it.
const SecretMark = "${ferry-secret:"
