package stack

import (
	"context"
	"errors"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/inventory"
	"github.com/ferry-project/ferry/internal/job"
	"github.com/ferry-project/ferry/internal/plan"
	"github.com/ferry-project/ferry/internal/state"
)

// Stop brings a stack down; everything on its volumes and in its connectors stays.
func (m *Manager) Stop(ctx context.Context, ref string) (ferry.Job, error) {
	rec, err := m.free(ctx, ref)
	if err != nil {
		return ferry.Job{}, err
	}
	if _, err := m.engine.Info(ctx); err != nil {
		return ferry.Job{}, engine.Explain(err)
	}
	return m.jobs.Launch(ctx, ferry.Job{Kind: ferry.StopJob, Stack: rec.ID}, m.stopping(rec.ID))
}

// stopping is the body of a stop. A cancelled stop leaves the stack degraded:
// what has stopped is not started again behind the user's back.
func (rc *reconciler) stopping(id string) job.Work {
	return func(ctx context.Context) ([]ferry.Step, error) {
		if err := rc.jobs.Settle(ctx, id, ferry.Stopping, func(r *state.Record) { r.Intent = ferry.WantStopped }); err != nil {
			return nil, err
		}
		rec, err := rc.store.Find(ctx, id)
		if err != nil {
			return nil, err
		}
		ops, err := rc.stopOps(ctx, &rec)
		if err != nil {
			return nil, err
		}
		rc.jobs.Announce(id, ferry.StopJob, ops)
		path, err := rc.work.Do(ctx, &rec, ops)
		if errors.Is(context.Cause(ctx), job.ErrShutdown) {
			return path, err
		}
		return path, errors.Join(err, rc.jobs.Settle(context.WithoutCancel(ctx), id, ferry.Stopped, nil))
	}
}

// stopOps is the work of a stop: of what runs, be it of the plan that is or of the next.
func (rc *reconciler) stopOps(ctx context.Context, rec *state.Record) ([]ferry.Op, error) {
	have, err := rc.inventory.Have(ctx, rec.ID)
	if err != nil {
		return nil, err
	}
	return plan.Change(inventory.Past(rec), plan.Goal{Plan: rec.Wanted(), Stopped: true}, have)
}
