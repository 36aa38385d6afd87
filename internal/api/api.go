// Package api is the one interface between the command line and the server.
// The use cases implement it in the server's process, facet by facet;
// api/client implements it over HTTP; api/server puts it on the wire. Errors are
// *ferry.Error on both sides, with the same code, hint, output and faults.
package api

import (
	"context"
	"io"
	"net"
	"time"

	"github.com/ferry-project/ferry"
)

// Ferry is the whole of it. A command takes only the facet it needs.
type Ferry interface {
	Stacks
	Leases
	Snapshots
	Archives
	Plans
	Jobs
	Inside
	Bundles
	Bundles
	Images
	Apps
	System
}

// Stacks are the verbs that change stacks. Each returns at once with the job
// that does the work; for a stack with a running job it returns ferry.Conflict.
type Stacks interface {
	Start(ctx context.Context, r StartRequest) (ferry.Job, error)
	Stop(ctx context.Context, ref string) (ferry.Job, error)
	Remove(ctx context.Context, ref string, force bool) (ferry.Job, error)
	Test(ctx context.Context, ref string) (ferry.Job, error)
	// List never fails because one stack is sick. Without all, removed and
	// stopped stacks are left out.
	List(ctx context.Context, all bool) ([]ferry.Stack, error)
	// Apply brings a stack to what is asked for; Diff says what that would do.
	Apply(ctx context.Context, ref string, c Change) (ferry.Job, error)
	Diff(ctx context.Context, ref string, c Change) (Difference, error)
	// Inspect returns one stack; ref is an id, an unambiguous prefix or a name.
	Inspect(ctx context.Context, ref string) (Detail, error)
	// Adopt rebuilds the records of stacks that only the engine knows.
	Adopt(ctx context.Context) ([]ferry.Stack, error)
}

// Source is an application in the user's hands: the text of a file, or a name.
type Source struct {
	// Target is what the user typed: a file, "openmpi", "gluster:3+mpi:4", "sa-…", a name.
	Target string `json:"target"`
	// Text is the file's content when Target is a file.
	Text []byte `json:"text,omitzero" minLength:"1"`
	// Answers to the application's questions, by parameter or question number.
	Answers map[string]string `json:"answers,omitempty"`
	// Set are overrides in the file's words: "backend[0].storage.instances" → "3".
	Set map[string]string `json:"set,omitempty"`
	// NoClient leaves out the client a one-liner brings along.
	NoClient bool `json:"no_client,omitempty"`
}

// StartRequest asks for a stack: a new one, or a stopped one again.
type StartRequest struct {
	Source
	Name   string `json:"name,omitempty"`
	Retain bool   `json:"retain,omitempty"` // keep what was made when it fails
	// Copy, for a snapshot: its data is copied, also where it could be shared until changed.
	Copy bool `json:"copy,omitempty"`
	// Lease, for a new stack: it is removed when nobody holds it any more.
	Lease *LeaseRequest `json:"lease,omitempty"`
}

// Detail is a stack with its plan.
type Detail struct {
	ferry.Stack
	Plan ferry.Plan `json:"plan"`
}

// Plans answer without doing.
type Plans interface {
	Questions(ctx context.Context, s Source) ([]ferry.Question, error)
	Plan(ctx context.Context, s Source) (Proposal, error)
}

// Proposal is a plan and the operations that would carry it out.
type Proposal struct {
	ferry.Plan
	Ops []ferry.Op `json:"operations"`
}

// Jobs are watched and cancelled.
type Jobs interface {
	Job(ctx context.Context, id string) (ferry.Job, error)
	// Cancel asks a job to end and undo; it returns at once.
	Cancel(ctx context.Context, id string) error
	// Follow calls do for every event after seq, old ones first: of one job
	// until it is over, of everything ("") until ctx ends. An error of do ends it.
	Follow(ctx context.Context, job string, after int64, do func(ferry.Event) error) error
	// ListJobs returns the jobs that are remembered, the latest first: of one stack by its
	// id, or of all ("").
	ListJobs(ctx context.Context, stack string) ([]ferry.Job, error)
	// Past returns the events of a job so far, and waits for none.
	Past(ctx context.Context, job string) ([]ferry.Event, error)
}

// Inside reaches into the nodes of a stack. Node "" means the first connector,
// else the first node; a connector's name or a host name is taken.
type Inside interface {
	Exec(ctx context.Context, ref string, e ExecRequest, s Streams) (code int, err error)
	CopyTo(ctx context.Context, ref, node, path string, tar io.Reader) error
	CopyFrom(ctx context.Context, ref, node, path string) (io.ReadCloser, error)
	// Logs writes the log of one node, or of all with each line prefixed.
	Logs(ctx context.Context, ref string, l LogsRequest, w io.Writer) error
	// Dial connects to a port of a node, wherever the caller is: also where no address
	// of a node can be reached.
	Dial(ctx context.Context, ref, node string, port int) (net.Conn, error)
}

// ExecRequest is a command for a node. No command means the login shell.
type ExecRequest struct {
	Node    string            `json:"node,omitempty"`
	Command []string          `json:"command,omitempty"`
	User    string            `json:"user,omitempty"` // "": the node's login user
	Dir     string            `json:"dir,omitempty"`
	Env     map[string]string `json:"env,omitempty"`
	TTY     bool              `json:"tty,omitempty"`
	Stdin   bool              `json:"stdin,omitempty"`
	Width   uint              `json:"width,omitempty"`
	Height  uint              `json:"height,omitempty"`
}

// Streams are the ends of an exec on the caller's side.
type Streams struct {
	In     io.Reader // nil: none
	Out    io.Writer
	Err    io.Writer
	Resize <-chan Size // terminal only
}

// Size of a terminal, in characters.
type Size struct {
	Width  uint `json:"width"`
	Height uint `json:"height"`
}

// LogsRequest says which log is wanted.
type LogsRequest struct {
	Node   string    `json:"node,omitempty"`
	Follow bool      `json:"follow,omitempty"`
	Tail   int       `json:"tail,omitempty"` // lines; 0: all
	Since  time.Time `json:"since,omitzero"`
}

// Images are the recipes and what was built from them.
type Images interface {
	Images(ctx context.Context) ([]Image, error)
	// Build builds the named recipes (none: all) and returns the job.
	Build(ctx context.Context, recipes []string) (ferry.Job, error)
	// BuildConnector builds a user's own connector from a tar of its folder and
	// returns the reference to use as a connector's personality.
	BuildConnector(ctx context.Context, name string, tar io.Reader, progress func(line string) error) (string, error)
	// RemoveImages removes images of Ferry that no stack uses: the named
	// recipes' or references', or with none those no recipe asks for any more.
	RemoveImages(ctx context.Context, names []string) ([]string, error)
}

// Image is a recipe and its state, or a user's own connector image.
type Image struct {
	Recipe  string    `json:"recipe"`
	Ref     string    `json:"ref"`
	Built   bool      `json:"built"`
	Current bool      `json:"current"` // of this version of Ferry
	Size    int64     `json:"size,omitempty"`
	Created time.Time `json:"created,omitzero"`
	UsedBy  []string  `json:"used_by,omitempty"` // stacks
}

// Apps are the built-in applications.
type Apps interface {
	Apps(ctx context.Context) ([]App, error)
	// Schema is the JSON Schema of the application file.
	Schema(ctx context.Context) ([]byte, error)
}

// App is a built-in application.
type App struct {
	Name     string         `json:"name"`
	Metadata ferry.Metadata `json:"metadata"`
	Text     string         `json:"text"`
}

// System is about Ferry and its machine.
type System interface {
	Version(ctx context.Context) (Version, error)
	// Doctor checks the machine and, with fix, mends what it can; every step it
	// takes is reported to progress.
	Doctor(ctx context.Context, fix bool, progress func(line string) error) ([]Check, error)
	// Quit ends the server; stacks go on.
	Quit(ctx context.Context) error
	// UI opens the web page, on a port of the server's machine that other machines cannot
	// connect to, and returns a link that logs a browser in, once.
	UI(ctx context.Context) (Link, error)
}

// Link leads a browser to the web page.
type Link struct {
	URL     string    `json:"url"`
	Expires time.Time `json:"expires"` // of no use afterwards, or once it was followed
}

// Version says which Ferry and which engine answer.
type Version struct {
	Ferry         string `json:"ferry"`
	Go            string `json:"go"`
	Engine        string `json:"engine,omitempty"`
	EngineVersion string `json:"engine_version,omitempty"`
	EngineAPI     string `json:"engine_api,omitempty"`
	EngineError   string `json:"engine_error,omitempty"`
	// EngineAt is where the engine listens, EngineFrom what named that place: "DOCKER_HOST".
	EngineAt   string `json:"engine_at,omitempty"`
	EngineFrom string `json:"engine_from,omitempty"`
	Home       string `json:"home"`
	PID        int    `json:"pid"`
	// MemoryRSS is the server's resident memory in bytes.
	MemoryRSS int64 `json:"memory_rss,omitempty"`
}

// Check is one finding of the doctor.
type Check struct {
	Name  string `json:"name"`
	OK    bool   `json:"ok"`
	Found string `json:"found"`           // what is there, in a sentence
	Hint  string `json:"hint,omitempty"`  // how to mend it
	Fixed bool   `json:"fixed,omitempty"` // the doctor mended it
}
