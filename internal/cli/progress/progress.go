// Package progress shows a job while it runs. Four renderers read the same
// event stream: a live tree on a terminal, a line per change, a JSON event per
// line, and nothing. They own no goroutine and no clock; whoever follows the job
// calls them from one goroutine.
package progress

import (
	"fmt"
	"io"
	"time"

	"github.com/ferry-project/ferry"
)

// Renderer shows one job.
type Renderer interface {
	// Event takes the next event of the job.
	Event(e ferry.Event)
	// Tick redraws what changes with time alone; a few times a second.
	Tick(now time.Time)
	// Close leaves the screen as it should stay. It may be called twice.
	Close()
}

// The modes of --progress.
const (
	Auto  = "auto"
	TTY   = "tty"
	Plain = "plain"
	JSON  = "json"
	Quiet = "quiet"
)

// Options say how and what to show.
type Options struct {
	Mode     string // Auto is TTY on a Terminal, else Plain
	Out      io.Writer
	Terminal bool
	Color    bool
	Size     func() (width, height int)
	Job      ferry.Job
	// Verbose shows the last answer of what is waited for, not only what that is.
	Verbose bool
	// Plan of the job's stack, when there is one: for names.
	Plan ferry.Plan
}

// New returns the renderer for o.
func New(o Options) Renderer {
	mode := o.Mode
	if mode == Auto {
		mode = Plain
		if o.Terminal {
			mode = TTY
		}
	}
	switch mode {
	case TTY:
		return newScreen(o)
	case JSON:
		return newStream(o)
	case Quiet:
		return quiet{}
	}
	return newLines(o)
}

type quiet struct{}

func (quiet) Event(ferry.Event) {}
func (quiet) Tick(time.Time)    {}
func (quiet) Close()            {}

// located says which node an operation on a container is about; removal knows
// containers only, since it works from what the engine has.
func located(p ferry.Plan) func(ferry.Event) ferry.Event {
	nodes := make(map[string]ferry.Node, len(p.Nodes))
	for _, n := range p.Nodes {
		nodes[n.Container] = n
	}
	return func(e ferry.Event) ferry.Event {
		if e.Node != "" || e.Do != ferry.RemoveNode {
			return e
		}
		if n, ok := nodes[opName(e)]; ok {
			e.Node, e.Service = n.Name, n.Service
		}
		return e
	}
}

// awaited says of every probe what is true once it has succeeded, by operation.
func awaited(ops []ferry.Op) map[string]string {
	all := map[string]string{}
	for _, op := range ops {
		if op.Do == ferry.AwaitProbe {
			all[op.ID] = op.Why
		}
	}
	return all
}

// waiting returns what to say of an operation that waits: what will be true, and with
// verbose why it is not yet. Without words for it the answer is all there is.
func waiting(e ferry.Event, until map[string]string, verbose bool) string {
	what := until[e.Op]
	switch {
	case what == "":
		return opName(e) + " waits: " + e.Message
	case verbose:
		return "waits until " + what + ": " + e.Message
	}
	return "waits until " + what
}

// serviceNames maps every service of the plan to the name people know it by, made
// unique by its first node where two would be the same.
func serviceNames(p ferry.Plan) map[string]string {
	seen := map[string]int{}
	for _, s := range p.Services {
		seen[s.Spec.Personality]++
	}
	names := map[string]string{}
	for _, s := range p.Services {
		name := s.Spec.Personality
		switch {
		case s.Spec.Name != "":
			name = s.Spec.Name
		case seen[name] > 1 && len(s.Nodes) > 0:
			name = fmt.Sprintf("%s (%s)", name, s.Nodes[0])
		}
		names[s.ID] = name
	}
	return names
}
