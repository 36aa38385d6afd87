package ferry

import "time"

// Status is the state of a stack as `ferry ps` shows it.
//
//	        start              stop              rm
//	(none) ──▶ starting ──▶ running ──▶ stopping ──▶ stopped ──▶ removing ──▶ (none)
//	              │            │ ▲                      │ ▲
//	              ▼            ▼ └── repair/start ──┐   └─┘ start: starting
//	            failed      degraded ───────────────┘
//
// failed is a start that was kept with --retain; degraded is a running stack of
// which a node is down; lost is one that only the engine knows, and `ferry adopt`
// takes back.
type Status string

// The states.
const (
	Starting    Status = "starting"
	Running     Status = "running"
	Degraded    Status = "degraded"
	Changing    Status = "changing" // to another plan
	Stopping    Status = "stopping"
	Stopped     Status = "stopped"
	Removing    Status = "removing"
	StartFailed Status = "failed"
	Lost        Status = "lost"
)

// Intent is what the user wants of a stack. A server that finds a job without its
// end goes on by it.
type Intent string

// The intents.
const (
	WantRunning Intent = "running"
	WantStopped Intent = "stopped"
	WantRemoved Intent = "removed"
)

// Stack is what listings show of one copy of an application.
type Stack struct {
	ID          string    `json:"id"` // sa-…
	Name        string    `json:"name,omitempty"`
	Application string    `json:"application"`
	Status      Status    `json:"status"`
	Created     time.Time `json:"created"`
	Changed     time.Time `json:"changed"`
	// Problems is what is wrong with it, one sentence each; a listing never
	// fails because one stack is sick.
	Problems []string `json:"problems,omitempty"`
	// Job is the one that works on the stack now, or did last.
	Job      string        `json:"job,omitempty"`
	Services []ServiceView `json:"services,omitempty"`
}

// ServiceView is a service as a listing shows it.
type ServiceView struct {
	ID          string     `json:"id"`
	Class       Class      `json:"class"`
	Personality string     `json:"personality"`
	Name        string     `json:"name,omitempty"`
	Parent      string     `json:"parent,omitempty"`
	Count       int        `json:"count"`           // of its nodes
	Nodes       []NodeView `json:"nodes,omitempty"` // in one stack's details; a listing leaves them out
	Web         []WebLink  `json:"web,omitempty"`
}

// NodeView is a node as a listing shows it.
type NodeView struct {
	Name      string `json:"name"`
	Address   string `json:"address"`
	Container string `json:"container"` // the engine's name for it
	Image     string `json:"image,omitempty"`
	State     string `json:"state"` // running, exited, missing, created
	Ports     []Port `json:"ports,omitempty"`
	Memory    int64  `json:"memory,omitempty"`
}

// WebLink is where a web interface is reached from the host.
type WebLink struct {
	Name string `json:"name"`
	URL  string `json:"url"`
}

// EventKind is what an event reports.
type EventKind string

// The kinds.
const (
	JobStarted EventKind = "job-started" // Ops are its operations, Total their number
	JobEnded   EventKind = "job-ended"   // State and Error are set
	OpStarted  EventKind = "op-started"
	OpDone     EventKind = "op-done" // Took is set
	OpFailed   EventKind = "op-failed"
	OpWaiting  EventKind = "op-waiting" // a probe's latest answer, in Message
	Note       EventKind = "note"       // a sentence for the user
	Output     EventKind = "output"     // a line of a build or of a test
	NodeDied   EventKind = "node-died"
)

// Event is one thing that happened; the same stream feeds terminal, web page and log.
type Event struct {
	Seq     int64         `json:"seq"` // rises over all events of a server's life
	Time    time.Time     `json:"time"`
	Kind    EventKind     `json:"kind"`
	Stack   string        `json:"stack,omitempty"`
	Job     string        `json:"job,omitempty"`
	Op      string        `json:"op,omitempty"` // Op.ID
	Do      Verb          `json:"do,omitempty"`
	Service string        `json:"service,omitempty"`
	Node    string        `json:"node,omitempty"`
	Message string        `json:"message,omitempty"`
	Took    time.Duration `json:"took,omitempty"` // nanoseconds
	Total   int           `json:"total,omitempty"`
	Ops     []Op          `json:"ops,omitempty"` // of a job that has started: what it will do
	State   JobState      `json:"state,omitempty"`
	Error   *Error        `json:"error,omitempty"`
	// Path is the critical path of a finished job: the chain of operations that
	// made it as long as it was.
	Path []Step `json:"path,omitempty"`
}

// Step is one operation on the critical path.
type Step struct {
	Op   string        `json:"op"`
	Took time.Duration `json:"took"` // nanoseconds
}

// The labels on everything Ferry makes: the second witness beside the store.
const (
	LabelFerry    = "ferry"         // the version that made it
	LabelHome     = "ferry.home"    // which FERRY_HOME it belongs to, so that two live side by side
	LabelStack    = "ferry.stack"   // sa-…
	LabelService  = "ferry.service" // se-…
	LabelNode     = "ferry.node"    // host name in the stack
	LabelHost     = "ferry.host"
	LabelSnapshot = "ferry.snapshot" // sn-…, on its volumes and images
	LabelOver     = "ferry.over"     // the volume that another one stands on: see engine.Layerer
	LabelJob      = "ferry.job"      // the job that made it: what an undo may take away
	LabelPlan     = "ferry.plan"     // on the network: the plan, gzip and base64, for `ferry adopt`
	LabelRevision = "ferry.revision" // of that plan, on the volume of a later one
	LabelRecipe   = "ferry.recipe"   // on images: the recipe's name
	LabelClient   = "ferry.client"   // on connector images: the personality they serve
)
