// Package run walks a graph of operations through the engine: as much at once
// as the graph and the machine allow. It decides nothing; what is done, where
// and after what was decided by the planner.
//
// An operation counts as done only on success. After the first failure no new
// one is handed out; calls of the engine that are in flight are waited for, and
// waits (images, tasks, probes) are cancelled. Cancelling the walk does the same.
// Every operation may be repeated, so a walk that was killed at any instant is
// simply walked again: nothing needs to know how far it had come.
package run

import (
	"context"
	"log/slog"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/secret"
	"github.com/ferry-project/ferry/internal/speak"
)

// Images makes sure that an image is there, by building or pulling it. It
// bounds its own work; the walker asks for all images of a graph at once.
type Images interface {
	Ensure(ctx context.Context, ref ferry.ImageRef, progress func(line string)) error
}

// Walker walks graphs; one serves any number of walks at once. The local host is
// needed, and Speakers where a plan asks a port; the rest may be zero.
type Walker struct {
	// Hosts are the machines that operations are on, by their ids.
	Hosts map[string]Host
	// Speakers have the conversations with the nodes' ports, by protocol.
	Speakers speak.Speakers
	// Publish is called by several goroutines at once and must not block for
	// long. It fills in Seq; the walker everything else. No event holds a secret.
	Publish func(ferry.Event)
	// Supervise returns the files of the init of a node's processes.
	Supervise func(ferry.Node) []ferry.File
	Home      string // value of ferry.LabelHome
	Version   string // value of ferry.LabelFerry
	// Parallel bounds the calls of the engine in flight; 0: eight. They are bound
	// by CPU: more than there are cores make nothing faster, and delay the nodes
	// that come first in the graph, for which others wait. Removals are bounded
	// by eight, waits by 64.
	Parallel int
	// Owners maps File.Owner to the number that owns the file, group included;
	// nil: those of Ferry's base image. An owner may also be written as a number.
	Owners map[string]int
	Now    func() time.Time // nil: time.Now
	Log    *slog.Logger     // nil: none
}

// defaultOwners are the users of Ferry's base image.
func defaultOwners() map[string]int { return map[string]int{"root": 0, "ferry": 1000} }

// Graph is the work of one walk.
type Graph struct {
	Job string
	// Plan says what the operations mean. It may be nil for a removal, whose
	// operations bear the engine's own names.
	Plan *ferry.Plan
	// From is the plan before, which has the nodes that leave; nil: none does.
	From    *ferry.Plan
	Ops     []ferry.Op
	Secrets secret.Values
}

// Walk does all operations of g in an order its edges allow. It returns the
// critical path of what was done, also beside an error. The error is that of
// the first operation that failed, joined with those of others that failed on
// their own; each is a *ferry.Error without secrets. When ctx ends it wraps
// ctx's error and has code Interrupted.
func (w *Walker) Walk(ctx context.Context, g Graph) ([]ferry.Step, error) {
	if err := Check(g.Ops); err != nil {
		return nil, err
	}
	if g.Plan == nil {
		g.Plan = &ferry.Plan{}
	}
	k := &walk{Walker: w.complete(), graph: g, deaths: newDeaths(), results: make(chan outcome)}
	if err := k.checkHosts(k.graph); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	watched, err := k.watch(ctx)
	if err != nil {
		cancel()
		return nil, k.fault("watch the nodes", err)
	}
	done, err := k.all(ctx)
	cancel()
	<-watched
	return criticalPath(done), err
}

// complete fills in what may be left out, in a copy.
func (w *Walker) complete() *Walker {
	c := *w
	if c.Parallel <= 0 {
		c.Parallel = 8
	}
	if c.Owners == nil {
		c.Owners = defaultOwners()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Publish == nil {
		c.Publish = func(ferry.Event) {}
	}
	if c.Supervise == nil {
		c.Supervise = func(ferry.Node) []ferry.File { return nil }
	}
	return &c
}
