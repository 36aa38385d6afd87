// Package ferry holds the nouns of Ferry: what a user writes (Application),
// what Ferry decides (Blueprint, Plan, Op), what runs (Stack, Node) and what is
// reported about it (Event, Job, Error). It imports nothing of Ferry; every other
// package imports it.
package ferry

// Class says which part of a stack a service is.
type Class string

// The classes, in the order in which a stack is built and the reverse of the
// order in which it is stopped.
const (
	Storage   Class = "storage"
	Compute   Class = "compute"
	Layer     Class = "layer"
	Connector Class = "connector"
)

// Application is what the user wrote or named, with its questions answered and
// its defaults filled in. It is pure data: two equal applications give equal plans.
type Application struct {
	// Name is the built-in's name, the one-liner, or the file's name without ending.
	Name       string         `json:"name"`
	Metadata   Metadata       `json:"metadata,omitzero"`
	Questions  []Question     `json:"questions,omitempty"`
	Backends   []Backend      `json:"backend,omitempty"`
	Connectors []Service      `json:"connectors,omitempty"`
	Network    NetworkOptions `json:"network,omitzero"`
}

// NetworkOptions are what the file says of a stack's network.
type NetworkOptions struct {
	// Private nodes are reached by each other and by Ferry's own commands. The host
	// has no route to their addresses, nor have they one out.
	Private bool `json:"private,omitempty"`
}

// Metadata describes an application to people; Ferry reads none of it.
type Metadata struct {
	Author      string   `json:"author,omitempty"`
	Version     string   `json:"version,omitempty"`
	Description string   `json:"description,omitempty"`
	Icon        string   `json:"icon,omitempty"`
	URL         string   `json:"url,omitempty"`
	Tags        []string `json:"tags,omitempty"`
}

// Question is asked before a stack is planned; its answer replaces Param
// wherever the file uses it as a value.
type Question struct {
	Question string `json:"question"`
	Param    string `json:"param"`
	// Minimum is the smallest whole number that is taken, or nil for any text.
	Minimum *int `json:"minimum,omitempty"`
	// Default is taken when nothing is answered; empty: an answer is required.
	Default string `json:"default,omitempty"`
}

// Backend is one storage with the computes tied to it.
type Backend struct {
	Storage Service   `json:"storage"`
	Compute []Service `json:"compute,omitempty"`
}

// Service is one storage, compute, layer or connector block of the application.
type Service struct {
	// Path is where the block stands in the file: "backend[0].storage".
	// Faults of the block are reported relative to it.
	Path string `json:"path"`
	// Personality is the canonical name ("mpi", never "openmpi").
	Personality string   `json:"personality"`
	Name        string   `json:"name,omitempty"`
	Instances   int      `json:"instances"`
	Layers      []string `json:"layers,omitempty"`
	// Args are the personality's own options. A plain word w is held as {"": w}.
	Args      map[string]string            `json:"args,omitempty"`
	Ports     []PortRequest                `json:"ports,omitempty"`
	Resources Resources                    `json:"resources,omitzero"`
	Version   string                       `json:"version,omitempty"`
	Config    map[string]map[string]string `json:"config,omitempty"`
	Env       map[string]string            `json:"env,omitempty"`
	// Image is a connector image of the user's own; empty: the personality's.
	Image string `json:"image,omitempty"`
}

// Resources bound one node of a service. Zero: Ferry decides.
type Resources struct {
	Memory int64   `json:"memory,omitempty"` // bytes
	CPUs   float64 `json:"cpus,omitempty"`   // cores; 0.5 is half of one
	// Processes bounds processes and threads; the planner derives it from the memory.
	Processes int64 `json:"processes,omitempty"`
}

// PortRequest asks for a node's port to be published on the host.
type PortRequest struct {
	Address   string `json:"address,omitempty"` // host address; empty: 127.0.0.1
	Host      int    `json:"host,omitempty"`    // 0: Ferry picks a free one
	Container int    `json:"container"`
	// Node is the node that is meant; empty: the one that has the port, else the
	// connector that asks.
	Node string `json:"node,omitempty"`
}
