package ferry

import "time"

// JobKind is what a job does to its stack.
type JobKind string

// The kinds. What each means to those who show, refuse or go on with one stands in
// jobKinds.
const (
	StartJob    JobKind = "start"  // first start
	ResumeJob   JobKind = "resume" // start of a stopped or degraded stack
	StopJob     JobKind = "stop"
	RemoveJob   JobKind = "remove"
	TestJob     JobKind = "test"
	SnapshotJob JobKind = "snapshot"
	RevertJob   JobKind = "revert"
	ChangeJob   JobKind = "change" // to another plan
	BuildJob    JobKind = "build"  // images; no stack
)

// jobKind is the meaning of a kind.
type jobKind struct {
	doing string // what happens to the stack: "being started"
	done  string // what it is afterwards: "running"
	// undoing is what cancelling one comes to.
	undoing string
	// raises: the stack is to run afterwards, so the death of a node is its business.
	raises bool
	// takes: it takes things away, and may be what frees a full disk: it begins whether
	// that can be recorded or not.
	takes bool
	// redone: a server that finds one without its end does it again; others are over.
	redone bool
}

func (k JobKind) meaning() jobKind {
	return map[JobKind]jobKind{
		StartJob:    {doing: "being started", done: "running", undoing: "undoing", raises: true, redone: true},
		ResumeJob:   {doing: "being started", done: "running", undoing: "cancelling", raises: true, redone: true},
		StopJob:     {doing: "being stopped", done: "stopped", undoing: "cancelling", takes: true, redone: true},
		RemoveJob:   {doing: "being removed", done: "removed", undoing: "cancelling", takes: true, redone: true},
		TestJob:     {doing: "being tested", done: "tested", undoing: "cancelling", raises: true},
		SnapshotJob: {doing: "being saved", done: "saved", undoing: "cancelling", raises: true},
		RevertJob:   {doing: "being reverted", done: "reverted", undoing: "cancelling", redone: true},
		ChangeJob:   {doing: "being changed", done: "changed", undoing: "going back", raises: true, redone: true},
		BuildJob:    {doing: "being built", done: "built", undoing: "cancelling"},
	}[k]
}

// Doing returns what happens to a stack meanwhile: "being started".
func (k JobKind) Doing() string { return k.meaning().doing }

// Done returns what its stack is afterwards: "running".
func (k JobKind) Done() string { return k.meaning().done }

// Undoing returns what it comes to when one is cancelled: "undoing".
func (k JobKind) Undoing() string { return k.meaning().undoing }

// Raises reports whether a stack is to run when one is done.
func (k JobKind) Raises() bool { return k.meaning().raises }

// Takes reports whether one takes things away.
func (k JobKind) Takes() bool { return k.meaning().takes }

// Redone reports whether the next server does one again that a server was killed in.
func (k JobKind) Redone() bool { return k.meaning().redone }

// JobState is how far a job is.
type JobState string

// The states; the last three are final.
const (
	JobRunning   JobState = "running"
	JobDone      JobState = "done"
	JobFailed    JobState = "failed"
	JobCancelled JobState = "cancelled"
)

// Over reports whether the job has ended.
func (s JobState) Over() bool { return s != JobRunning }

// Job is one piece of work of the server. It outlives its client, keeps its
// events and its error, and can be watched and cancelled.
type Job struct {
	ID     string    `json:"id"` // jo-…
	Kind   JobKind   `json:"kind"`
	Stack  string    `json:"stack,omitempty"`
	State  JobState  `json:"state"`
	Start  time.Time `json:"start"`
	End    time.Time `json:"end,omitzero"`
	Error  *Error    `json:"error,omitempty"`
	Retain bool      `json:"retain,omitempty"` // keep what was made when it fails
	// Snapshot is the one that it makes; known to who has asked for it.
	Snapshot string `json:"snapshot,omitempty"`
}
