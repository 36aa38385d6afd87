// Package watch keeps running stacks running: it follows what the engine says of nodes,
// and has the verbs bring up again what died.
package watch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/event"
	"github.com/ferry-project/ferry/internal/inventory"
	"github.com/ferry-project/ferry/internal/job"
	"github.com/ferry-project/ferry/internal/state"
)

// repairPause lets what was in a repair's way go away before the next one.
const repairPause = 2 * time.Second

// Watcher keeps an eye on nodes.
type Watcher struct {
	Engine    engine.Engine
	Records   Records
	Jobs      *job.Jobs
	Inventory *inventory.Inventory
	Events    *event.Broker
	Verbs     Verbs
	Repairs   Repairs
	Log       *slog.Logger
	Now       func() time.Time
}

// Records are read.
type Records interface {
	Find(ctx context.Context, ref string) (state.Record, error)
}

// Verbs are what a watcher may do to stacks.
type Verbs interface {
	// Repair brings up again what died of a stack. What fails stays as it is.
	Repair(ctx context.Context, rec state.Record) (ferry.Job, error)
	// GoOnRemoving takes away what could not be removed before.
	GoOnRemoving(ctx context.Context, stack string) (ferry.Job, error)
}

// Watch keeps running stacks running until ctx ends: it brings up again what
// died, and, after the engine itself was away, everything that is meant to run.
func (w *Watcher) Watch(ctx context.Context) error {
	for ctx.Err() == nil {
		if err := engine.Await(ctx, w.Engine); err != nil {
			return err
		}
		if err := w.watchOnce(ctx); err != nil && ctx.Err() == nil {
			w.Log.Warn("watching the engine", "error", err)
		}
	}
	return nil
}

func (w *Watcher) watchOnce(ctx context.Context) error {
	events, err := w.Engine.Watch(ctx)
	if err != nil {
		return err
	}
	// What failed while the engine was going down says nothing of a stack.
	w.Repairs.forget()
	if err := w.Reconcile(ctx); err != nil {
		return err
	}
	for {
		select {
		case e, open := <-events:
			if !open {
				return nil
			}
			if e.State == engine.Exited {
				w.died(ctx, e)
			}
		case <-w.Jobs.Paid(): // what could not be mended without a record can be now
			if err := w.Reconcile(ctx); err != nil {
				return err
			}
		}
	}
}

// Reconcile brings up every stack that is meant to run and does not, and takes
// away what could not be removed before.
func (w *Watcher) Reconcile(ctx context.Context) error {
	if err := w.Jobs.Pay(ctx); err != nil {
		w.Log.Warn("stacks are not looked after: what became of some is not recorded yet", "error", err)
		return nil
	}
	stacks, err := w.Inventory.List(ctx, true)
	if err != nil {
		return err
	}
	for _, s := range stacks {
		switch {
		case s.Status == ferry.Lost:
			w.Log.Warn("a stack without a record: ferry adopt takes it back", "stack", s.ID)
		case s.Status == ferry.Degraded:
			w.repair(ctx, s.ID)
		case s.Status == ferry.Removing && w.Jobs.Of(s.ID) == nil:
			if _, err := w.Verbs.GoOnRemoving(ctx, s.ID); err != nil {
				w.Log.Warn("go on removing", "stack", s.ID, "error", err)
			}
		}
	}
	return nil
}

// died reports the end of a node and repairs its stack. A running job handles deaths
// among the nodes it still needs. It may already have finished with this one, so the
// stack is checked again when the job ends.
func (w *Watcher) died(ctx context.Context, e engine.Event) {
	stack, node := e.Labels[ferry.LabelStack], e.Labels[ferry.LabelNode]
	if stack == "" {
		return
	}
	if j := w.Jobs.Of(stack); j != nil {
		if j.Kind.Raises() {
			go w.lookAfter(ctx, j.Job)
		}
		return
	}
	w.Events.Publish(ferry.Event{
		Kind: ferry.NodeDied, Stack: stack, Node: node,
		Message: fmt.Sprintf("%s ended with exit code %d", node, e.ExitCode),
	})
	w.repair(ctx, stack)
}

// repair brings a stack up that is meant to run, and looks at it again afterwards.
func (w *Watcher) repair(ctx context.Context, id string) {
	if w.Jobs.Pay(ctx) != nil {
		return // the record may not know yet that it is to be stopped or gone
	}
	rec, err := w.Records.Find(ctx, id)
	meant := rec.Intent == ferry.WantRunning && (rec.Status == ferry.Running || rec.Status == ferry.Degraded)
	if err != nil || !meant || w.Jobs.Of(id) != nil {
		return
	}
	if _, err := w.Engine.Info(ctx); err != nil {
		return // the watch begins again when the engine is back
	}
	if !w.Repairs.Allow(id, w.Now()) {
		w.Log.Warn("stack is left degraded", "stack", id, "repairs", RepairLimit, "within", RepairWindow)
		return
	}
	j, err := w.Verbs.Repair(ctx, rec)
	if errors.Is(err, state.ErrNotWritten) {
		w.Jobs.Await(id, "it is to be mended", err)
	}
	if err != nil {
		w.Log.Warn("repair", "stack", id, "error", err)
		return
	}
	go w.lookAfter(ctx, j)
}

// lookAfter waits for the end of a job and repairs its stack if the job has left it
// degraded: a failed repair is tried again. One that the user has cancelled is not.
func (w *Watcher) lookAfter(ctx context.Context, j ferry.Job) {
	if !w.Repairs.await(j.ID) {
		return
	}
	defer w.Repairs.awaitedEnd(j.ID)
	if w.Jobs.Wait(ctx, j.ID) != nil {
		return
	}
	ended, err := w.Jobs.Job(ctx, j.ID)
	if err != nil || ended.State == ferry.JobCancelled {
		return
	}
	if d, err := w.Inventory.Inspect(ctx, j.Stack); err != nil || d.Status != ferry.Degraded {
		return
	}
	pause := time.NewTimer(repairPause)
	defer pause.Stop()
	select {
	case <-pause.C:
		w.repair(ctx, j.Stack)
	case <-ctx.Done():
	}
}
