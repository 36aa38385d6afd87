package ferry

import "time"

// Phase says when a task runs.
type Phase string

// The phases.
const (
	FirstStart     Phase = "first-start"     // once in the life of a stack
	Resume         Phase = "resume"          // on every later start
	EveryStart     Phase = "every-start"     // on both
	BeforeStop     Phase = "before-stop"     // failures are reported, not fatal
	BeforeSnapshot Phase = "before-snapshot" // as before a stop
	AfterGrow      Phase = "after-grow"      // new nodes have joined the running service
	BeforeShrink   Phase = "before-shrink"   // to move data off the nodes that leave
	OnTest         Phase = "test"
)

// Leaving stands for the nodes that leave a service, in its tasks of the phase
// BeforeShrink, which know who stays. A word of a Command that is Leaving becomes their
// names, a word for each. A task whose Node is Leaving is done in each of them, one after
// the other.
const Leaving = "${ferry-leaving}"

// Task is a command that runs once in a node and must exit 0, or a conversation with
// the node (Ask). It must be idempotent: a server killed in the middle runs it again.
type Task struct {
	Name    string            `json:"name"` // unique in the service
	Node    string            `json:"node"`
	Command []string          `json:"command"`
	User    string            `json:"user,omitempty"`
	Env     map[string]string `json:"env,omitempty"`
	When    Phase             `json:"when"`
	// After names tasks and probes of the same service, or "ready NAME" for the
	// readiness of another service by its first node's name. Its own node's
	// start always comes first.
	After   []string      `json:"after,omitempty"`
	Timeout time.Duration `json:"timeout,omitempty"` // 0: two minutes
	Hint    string        `json:"hint,omitempty"`
	// Says is what Command does, on one line, where its words do not say it.
	Says string `json:"says,omitempty"`
	// Optional: a failure is reported, and the work goes on.
	Optional bool `json:"optional,omitempty"`
	// Ask is done in place of Command, again and again until it succeeds, the time is
	// up, or its speaker says that no repetition can make it right.
	Ask *Ask `json:"ask,omitempty"`
}

// Probe is one thing that must be true before its service is ready: a conversation
// that goes well (Ask), or a command that exits 0. A service is ready when all its
// probes have succeeded.
type Probe struct {
	Name        string `json:"name"` // unique in the service
	Node        string `json:"node"`
	Description string `json:"description"` // "every brick is seen by openmpi0"
	Hint        string `json:"hint,omitempty"`
	Ask         *Ask   `json:"ask,omitempty"`
	// Command is run where there is no Ask. It should wait inside the node (one exec
	// that ends when the thing is ready) rather than be polled: an exec costs 50 ms of CPU.
	Command  []string      `json:"command,omitempty"`
	User     string        `json:"user,omitempty"`
	Deadline time.Duration `json:"deadline,omitempty"` // 0: two minutes
	After    []string      `json:"after,omitempty"`    // as Task.After
}
