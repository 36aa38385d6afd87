package stack

import (
	"context"
	"errors"
	"strings"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/images"
	"github.com/ferry-project/ferry/internal/job"
	"github.com/ferry-project/ferry/internal/plan"
	"github.com/ferry-project/ferry/internal/run"
	"github.com/ferry-project/ferry/internal/secret"
	"github.com/ferry-project/ferry/internal/state"
)

// raise brings a stack up from what there is of it: nothing, half of it, all of it but
// stopped, or all but a node that died. What fails is taken back.
func (m *Manager) raise(ctx context.Context, rec state.Record, have plan.Have, retain bool) ([]ferry.Step, error) {
	path, err := m.bringUp(ctx, &rec, have)
	for range replans {
		if rec.Started() || !errors.Is(err, engine.ErrConflict) {
			break
		}
		if rec, err = m.replan(ctx, rec, err); err == nil {
			path, err = m.bringUp(ctx, &rec, plan.Have{})
		}
	}
	switch {
	case err == nil:
		return path, m.arrive(ctx, &rec)
	case errors.Is(context.Cause(ctx), job.ErrShutdown):
		return path, err
	}
	return path, m.takeBack(context.WithoutCancel(ctx), rec, retain, err)
}

// bringUp derives the work from what there is, and walks it.
func (m *Manager) bringUp(ctx context.Context, rec *state.Record, have plan.Have) ([]ferry.Step, error) {
	have, err := m.fill(ctx, rec, have)
	if err != nil {
		return nil, err
	}
	ops, err := m.raiseOps(ctx, rec, have)
	if err != nil {
		return nil, notBegun{err}
	}
	m.jobs.Announce(rec.ID, startKind(rec), ops)
	if !rec.Started() {
		m.notes(rec)
		m.tellLost(ctx, rec.ID)
	}
	return m.walk(ctx, rec, ops)
}

// notBegun is the error of a raise that has not touched the stack.
type notBegun struct{ error }

func (e notBegun) Unwrap() error { return e.error }

// startKind is what a job that brings the stack up is called.
func startKind(rec *state.Record) ferry.JobKind {
	if rec.Started() {
		return ferry.ResumeJob
	}
	return ferry.StartJob
}

// raiseOps is the work of a raise. A lost container is made again; a lost volume is
// lost data, and is never passed over in silence.
func (m *Manager) raiseOps(ctx context.Context, rec *state.Record, have plan.Have) ([]ferry.Op, error) {
	id := rec.ID
	lost, spare := have.Lost(&rec.Plan, rec.Formed)
	if len(lost) > 0 {
		return nil, ferry.Errorf(ferry.Failed, "%s cannot come up: its data is gone (%s)", id, strings.Join(lost, ", ")).
			WithHint("the volumes were removed outside Ferry; ferry rm %s takes away the rest", id)
	}
	for _, place := range spare {
		m.jobs.Publish(id, ferry.Event{Kind: ferry.Note, Message: place + " was on a volume that is gone: it begins anew, as its image has it"})
	}
	if err := m.unlock(ctx, rec, have); err != nil {
		return nil, err
	}
	if err := m.renewImages(ctx, rec, have); err != nil {
		return nil, err
	}
	return plan.Change(pastOf(rec), plan.Goal{Plan: rec.Wanted()}, have)
}

// takeBack ends a raise that failed: what was never started is undone, what was is
// stopped again, with all its data, if anything of it was touched. Retained, it stays as
// it is: a repair must not take down what still works.
func (m *Manager) takeBack(ctx context.Context, rec state.Record, retain bool, why error) error {
	id := rec.ID
	switch {
	case !rec.Started() && retain && ferry.CodeOf(why) != ferry.Interrupted:
		return errors.Join(why, m.jobs.Settle(ctx, id, ferry.StartFailed, nil))
	case !rec.Started():
		return m.undo(ctx, rec, why)
	case errors.As(why, &notBegun{}) && !retain && ferry.CodeOf(why) != ferry.Unavailable:
		return errors.Join(why, m.jobs.Settle(ctx, id, ferry.Stopped, nil))
	case retain, errors.As(why, &notBegun{}): // it is meant to run: it will be seen to when the engine is back
		return errors.Join(why, m.jobs.Settle(ctx, id, ferry.Degraded, nil))
	}
	ctx, cancel := context.WithTimeout(ctx, undoTime)
	defer cancel()
	_, err := m.stopping(id)(ctx)
	return errors.Join(why, err)
}

// walk hands a graph to the walker on behalf of the stack's job.
func (m *Manager) walk(ctx context.Context, rec *state.Record, ops []ferry.Op) ([]ferry.Step, error) {
	path, err := m.walker.Walk(images.OneAudience(ctx), m.graph(rec, ops))
	if cause := context.Cause(ctx); err != nil && errors.Is(cause, job.ErrCancelled) {
		return path, job.ErrCancelled
	}
	return path, engine.Explain(err)
}

func (m *Manager) graph(rec *state.Record, ops []ferry.Op) run.Graph {
	g := run.Graph{Plan: rec.Wanted(), From: &rec.Plan, Ops: ops, Secrets: secret.Values(rec.Secrets)}
	if j := m.jobs.Of(rec.ID); j != nil {
		g.Job = j.ID
	}
	return g
}
