package stack

import (
	"context"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/job"
	"github.com/ferry-project/ferry/internal/plan"
	"github.com/ferry-project/ferry/internal/snapshot"
	"github.com/ferry-project/ferry/internal/state"
)

// Revert takes a stack back to a snapshot of it, in place: same id, addresses and ports.
// What it holds is saved first, unless that is to be lost.
func (m *Manager) Revert(ctx context.Context, ref string, r api.RevertRequest) (ferry.Job, error) {
	n, err := m.snapshots.Find(ctx, r.Snapshot)
	if err != nil {
		return ferry.Job{}, err
	}
	if err := snapshot.Usable(n.Snapshot); err != nil {
		return ferry.Job{}, err
	}
	rec, err := m.free(ctx, ref)
	if err != nil {
		return ferry.Job{}, err
	}
	if n.Stack != rec.ID {
		return ferry.Job{}, ferry.Errorf(ferry.Invalid, "%s is a snapshot of %s, not of %s", n.ID, n.Stack, rec.ID).
			WithHint("a new stack can begin with it: ferry start %s", n.ID)
	}
	if !r.Discard {
		if rec, err = m.savable(ctx, rec.ID); err != nil {
			return ferry.Job{}, err
		}
	}
	return m.jobs.Launch(ctx, ferry.Job{Kind: ferry.RevertJob, Stack: rec.ID}, m.reverting(rec, n, r.Discard))
}

func (m *Manager) reverting(rec state.Record, n state.Snapshot, discard bool) job.Work {
	return func(ctx context.Context) ([]ferry.Step, error) {
		if !discard {
			if err := m.saveBefore(ctx, rec, n); err != nil {
				return nil, err
			}
		}
		p, err := m.planner.OfSnapshot(ctx, n, rec.ID, rec.Name)
		if err != nil {
			return nil, err
		}
		p.Revision = rec.Plan.Revision + 1
		// From here on the record says what is to be: a server that is killed goes on.
		err = m.store.Update(ctx, rec.ID, func(r *state.Record) error {
			r.Intent, r.Status, r.Source = ferry.WantRunning, ferry.Starting, n.ID
			r.Plan, r.Next, r.Formed, r.Secrets = p, nil, n.Formed, n.Secrets
			return nil
		})
		if err != nil {
			return nil, err
		}
		return m.takeOver(ctx, rec.ID)
	}
}

// saveBefore keeps what is there now as a snapshot of its own.
func (m *Manager) saveBefore(ctx context.Context, rec state.Record, n state.Snapshot) error {
	before, err := m.snapshots.Begin(ctx, &rec, api.SnapshotRequest{Note: "before the revert to " + n.ID})
	if err != nil {
		return err
	}
	return m.snapshots.Save(ctx, rec, before)
}

// takeOver takes away the nodes of the stack as it was, and raises it as it is to be.
func (m *Manager) takeOver(ctx context.Context, id string) ([]ferry.Step, error) {
	rec, err := m.store.Find(ctx, id)
	if err != nil {
		return nil, err
	}
	have, err := m.inventory.Have(ctx, id)
	if err != nil {
		return nil, err
	}
	ops, err := plan.Change(plan.Past{}, plan.Goal{}, plan.Have{Nodes: have.Nodes})
	if err != nil {
		return nil, err
	}
	if path, err := m.work.Do(ctx, &rec, ops); err != nil {
		return path, err
	}
	have.Nodes = nil
	return m.raise(ctx, rec, have, true)
}
