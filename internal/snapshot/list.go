package snapshot

import (
	"context"
	"slices"
	"strings"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/job"
)

// Snapshots lists all, the oldest first. One whose making was cut off is not among them.
func (k *Keeper) Snapshots(ctx context.Context) ([]ferry.Snapshot, error) {
	all, err := k.Store.Snapshots(ctx)
	good := []ferry.Snapshot{}
	for _, n := range all {
		if n.State == ferry.SnapshotGood {
			good = append(good, n)
		}
	}
	return good, err
}

// InspectSnapshot returns one snapshot with the plan of its stack.
func (k *Keeper) InspectSnapshot(ctx context.Context, ref string) (api.SnapshotDetail, error) {
	n, err := k.Store.FindSnapshot(ctx, ref)
	return api.SnapshotDetail{Snapshot: n.Snapshot, Plan: n.Plan}, err
}

// RemoveSnapshot removes one for good. It is refused while a stack is to begin with it.
func (k *Keeper) RemoveSnapshot(ctx context.Context, ref string) error {
	n, err := k.Store.FindSnapshot(ctx, ref)
	if err != nil {
		return err
	}
	if n.State == ferry.SnapshotMaking {
		if j := k.Jobs.Of(n.Stack); j != nil && j.Kind == ferry.SnapshotJob {
			return job.Busy(n.Stack, j.Kind, j.ID)
		}
	}
	users, err := k.users(ctx, n.Snapshot)
	if err != nil {
		return err
	}
	if len(users) > 0 {
		return ferry.Errorf(ferry.Conflict, "snapshot %s is needed by %s", n.ID, strings.Join(users, ", ")).
			WithHint("stacks that began with it need its data and its connectors' images as long as they are there")
	}
	return k.Discard(ctx, n.Snapshot)
}

// users lists the stacks that cannot do without a snapshot: those that are to
// begin with it, whose volumes stand on its own, or whose connectors are made of its images.
func (k *Keeper) users(ctx context.Context, n ferry.Snapshot) ([]string, error) {
	users, err := k.Store.StacksFrom(ctx, n.ID)
	if err != nil {
		return nil, err
	}
	standing, err := k.standing(ctx, n)
	if err != nil {
		return nil, err
	}
	users = append(users, standing...)
	made, err := k.Inventory.ImageUsers(ctx)
	if err != nil {
		return nil, err
	}
	for _, ref := range n.Images {
		users = append(users, made[ref]...)
	}
	slices.Sort(users)
	return slices.Compact(users), nil
}
