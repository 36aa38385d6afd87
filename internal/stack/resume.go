package stack

import (
	"context"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/state"
)

// resume brings a stopped, degraded or half-started stack up on its data.
func (m *Manager) resume(ctx context.Context, rec state.Record, retain bool) (ferry.Job, error) {
	id := rec.ID
	if rec.Intent == ferry.WantRemoved {
		return ferry.Job{}, ferry.Errorf(ferry.Conflict, "%s is being removed", id)
	}
	if j := m.jobs.ofStack(id); j != nil {
		return ferry.Job{}, busy(id, j.Kind, j.ID)
	}
	if _, err := m.Engine.Info(ctx); err != nil {
		return ferry.Job{}, engine.Explain(err)
	}
	return m.launch(ctx, ferry.Job{Kind: startKind(&rec), Stack: id, Retain: retain}, m.resuming(id, retain))
}

// resuming is the body of a resume, for a user's start, a repair, and for the
// server that goes on where a killed one was.
func (m *Manager) resuming(id string, retain bool) work {
	return func(ctx context.Context) ([]ferry.Step, error) {
		if err := m.want(ctx, id, ferry.WantRunning, ferry.Starting); err != nil {
			return nil, err
		}
		rec, err := m.Store.Find(ctx, id)
		if err != nil {
			return nil, err
		}
		have, err := m.have(ctx, id)
		if err != nil {
			return nil, m.takeBack(context.WithoutCancel(ctx), rec, retain, notBegun{err})
		}
		return m.raise(ctx, rec, have, retain)
	}
}

// announce says what work of a kind there is to do. A start that stops or
// removes is being undone.
func (m *Manager) announce(stack string, kind ferry.JobKind, ops []ferry.Op) {
	e := ferry.Event{Kind: ferry.JobStarted, Total: len(ops), Ops: ops}
	j := m.jobs.ofStack(stack)
	starts := j != nil && (j.Kind == ferry.StartJob || j.Kind == ferry.ResumeJob)
	if starts && (kind == ferry.StopJob || kind == ferry.RemoveJob) {
		e.Message = "undoing"
	}
	m.publish(stack, e)
}

// publish sends an event of the job that works on a stack.
func (m *Manager) publish(stack string, e ferry.Event) {
	e.Stack = stack
	if j := m.jobs.ofStack(stack); j != nil {
		e.Job = j.ID
	}
	m.Events.Publish(e)
}
