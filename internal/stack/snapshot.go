package stack

import (
	"context"
	"errors"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/planning"
	"github.com/ferry-project/ferry/internal/state"
)

// Snapshot saves what a stack is now. A running stack is copied while it works, and
// stands still only for what has changed meanwhile.
func (m *Manager) Snapshot(ctx context.Context, ref string, r api.SnapshotRequest) (ferry.Job, error) {
	if err := planning.ValidName(r.Name); err != nil {
		return ferry.Job{}, err
	}
	rec, err := m.savable(ctx, ref)
	if err != nil {
		return ferry.Job{}, err
	}
	n, err := m.snapshots.Begin(ctx, &rec, r)
	if err != nil {
		return ferry.Job{}, err
	}
	j, err := m.jobs.Launch(ctx, ferry.Job{Kind: ferry.SnapshotJob, Stack: rec.ID}, func(ctx context.Context) ([]ferry.Step, error) {
		return nil, m.snapshots.Save(ctx, rec, n)
	})
	if err != nil {
		return j, errors.Join(err, m.snapshots.Forget(context.WithoutCancel(ctx), n.ID))
	}
	j.Snapshot = n.ID
	return j, nil
}

// savable finds a stack that is whole: what a degraded stack lacks would be missing from
// the snapshot, and nobody would know.
func (m *Manager) savable(ctx context.Context, ref string) (state.Record, error) {
	rec, status, err := m.atRest(ctx, ref, "saved")
	if err != nil {
		return rec, err
	}
	return rec, m.snapshots.Possible(ctx, status, rec.ID)
}
