package stack

import (
	"context"
	"slices"
	"strings"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/job"
)

// Snapshots lists all, the oldest first. One whose making was cut off is not among them.
func (m *Manager) Snapshots(ctx context.Context) ([]ferry.Snapshot, error) {
	all, err := m.store.Snapshots(ctx)
	good := []ferry.Snapshot{}
	for _, n := range all {
		if n.State == ferry.SnapshotGood {
			good = append(good, n)
		}
	}
	return good, err
}

// InspectSnapshot returns one snapshot with the plan of its stack.
func (m *Manager) InspectSnapshot(ctx context.Context, ref string) (api.SnapshotDetail, error) {
	n, err := m.store.FindSnapshot(ctx, ref)
	return api.SnapshotDetail{Snapshot: n.Snapshot, Plan: n.Plan}, err
}

// RemoveSnapshot removes one for good. It is refused while a stack is to begin with it.
func (m *Manager) RemoveSnapshot(ctx context.Context, ref string) error {
	n, err := m.store.FindSnapshot(ctx, ref)
	if err != nil {
		return err
	}
	if n.State == ferry.SnapshotMaking {
		if j := m.jobs.Of(n.Stack); j != nil && j.Kind == ferry.SnapshotJob {
			return job.Busy(n.Stack, j.Kind, j.ID)
		}
	}
	users, err := m.snapshotUsers(ctx, n.Snapshot)
	if err != nil {
		return err
	}
	if len(users) > 0 {
		return ferry.Errorf(ferry.Conflict, "snapshot %s is needed by %s", n.ID, strings.Join(users, ", ")).
			WithHint("stacks that began with it need its data and its connectors' images as long as they are there")
	}
	return m.dropSnapshot(ctx, n.Snapshot)
}

// snapshotUsers lists the stacks that cannot do without a snapshot: those that are to
// begin with it, whose volumes stand on its own, or whose connectors are made of its images.
func (m *Manager) snapshotUsers(ctx context.Context, n ferry.Snapshot) ([]string, error) {
	users, err := m.store.StacksFrom(ctx, n.ID)
	if err != nil {
		return nil, err
	}
	standing, err := m.standing(ctx, n)
	if err != nil {
		return nil, err
	}
	users = append(users, standing...)
	made, err := m.inventory.ImageUsers(ctx)
	if err != nil {
		return nil, err
	}
	for _, ref := range n.Images {
		users = append(users, made[ref]...)
	}
	slices.Sort(users)
	return slices.Compact(users), nil
}

// dropUnfinished takes back what a killed server has left of a stack's snapshots, and
// lets its nodes go on, which may still stand still for one.
func (m *Manager) dropUnfinished(ctx context.Context, stack string) error {
	if err := m.thaw(ctx, stack); err != nil {
		return err
	}
	all, err := m.store.Snapshots(ctx)
	if err != nil {
		return err
	}
	for _, n := range all {
		if n.Stack == stack && n.State == ferry.SnapshotMaking {
			if err := m.dropSnapshot(ctx, n); err != nil {
				return err
			}
		}
	}
	return nil
}

// dropSnapshot removes all of a snapshot; its record goes last.
func (m *Manager) dropSnapshot(ctx context.Context, n ferry.Snapshot) error {
	ctx, cancel := context.WithTimeout(ctx, undoTime)
	defer cancel()
	labels := map[string]string{ferry.LabelHome: m.homeLabel, ferry.LabelSnapshot: n.ID}
	volumes, err := m.engine.ListVolumes(ctx, labels)
	if err != nil {
		return engine.Explain(err)
	}
	for _, v := range volumes {
		if err := m.engine.RemoveVolume(ctx, v.Name); err != nil {
			return engine.Explain(err)
		}
	}
	images, err := m.builder.List(ctx, ferry.LabelSnapshot+"="+n.ID)
	if err != nil {
		return engine.Explain(err)
	}
	for _, i := range images {
		for _, ref := range i.Refs {
			if err := m.builder.Remove(ctx, ref); err != nil {
				return engine.Explain(err)
			}
		}
	}
	return m.store.DeleteSnapshot(ctx, n.ID)
}
