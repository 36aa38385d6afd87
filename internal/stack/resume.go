package stack

import (
	"context"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/job"
	"github.com/ferry-project/ferry/internal/state"
)

// resume brings a stopped, degraded or half-started stack up on its data.
func (m *Manager) resume(ctx context.Context, rec state.Record, retain bool) (ferry.Job, error) {
	id := rec.ID
	if rec.Intent == ferry.WantRemoved {
		return ferry.Job{}, ferry.Errorf(ferry.Conflict, "%s is being removed", id)
	}
	if err := m.jobs.Free(id); err != nil {
		return ferry.Job{}, err
	}
	if _, err := m.engine.Info(ctx); err != nil {
		return ferry.Job{}, engine.Explain(err)
	}
	return m.jobs.Launch(ctx, ferry.Job{Kind: startKind(&rec), Stack: id, Retain: retain}, m.resuming(id, retain))
}

// Repair brings up again what died of a stack. What fails stays as it is: a repair must
// not take down what still works.
func (m *Manager) Repair(ctx context.Context, rec state.Record) (ferry.Job, error) {
	return m.resume(ctx, rec, true)
}

// resuming is the body of a resume, for a user's start, a repair, and for the
// server that goes on where a killed one was.
func (m *Manager) resuming(id string, retain bool) job.Work {
	return func(ctx context.Context) ([]ferry.Step, error) {
		if err := m.jobs.Want(ctx, id, ferry.WantRunning, ferry.Starting); err != nil {
			return nil, err
		}
		rec, err := m.store.Find(ctx, id)
		if err != nil {
			return nil, err
		}
		have, err := m.inventory.Have(ctx, id)
		if err != nil {
			return nil, m.takeBack(context.WithoutCancel(ctx), rec, retain, notBegun{err})
		}
		return m.raise(ctx, rec, have, retain)
	}
}
