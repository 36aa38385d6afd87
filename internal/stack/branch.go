package stack

import (
	"context"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/plan"
	"github.com/ferry-project/ferry/internal/planning"
	"github.com/ferry-project/ferry/internal/snapshot"
	"github.com/ferry-project/ferry/internal/state"
)

// startSnapshot makes a stack that begins with a snapshot: its own id, network and ports,
// the snapshot's data, secrets and connectors.
func (m *Manager) startSnapshot(ctx context.Context, n state.Snapshot, r api.StartRequest) (ferry.Job, error) {
	if err := snapshot.Usable(n.Snapshot); err != nil {
		return ferry.Job{}, err
	}
	if err := planning.ValidName(r.Name); err != nil {
		return ferry.Job{}, err
	}
	m.planned.Lock()
	defer m.planned.Unlock()
	id := state.NewID("sa-")
	p, err := m.planner.OfSnapshot(ctx, n, id, r.Name)
	if err != nil {
		return ferry.Job{}, err
	}
	rec := state.Record{
		ID: id, Name: r.Name, Application: n.Application, Status: ferry.Starting, Created: m.now(), Changed: m.now(),
		Intent: ferry.WantRunning, Plan: p, Formed: n.Formed, Secrets: n.Secrets, Source: n.ID,
	}
	if rec.Lease, err = m.leaseFor(r, func() (string, error) { return n.ID, nil }); err != nil {
		return ferry.Job{}, err
	}
	if j, ok, err := m.shared(ctx, rec.Lease); ok || err != nil {
		return j, err
	}
	return m.create(ctx, rec, r.Retain, func(ctx context.Context) ([]ferry.Step, error) {
		if r.Copy { // what is there is filled by copying
			if err := m.snapshots.MakeVolumes(ctx, &rec, plan.Have{}); err != nil {
				return nil, m.takeBack(context.WithoutCancel(ctx), rec, r.Retain, err)
			}
		}
		return m.raise(ctx, rec, plan.Have{}, r.Retain)
	})
}
