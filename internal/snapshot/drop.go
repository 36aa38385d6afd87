package snapshot

import (
	"context"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
)

// dropTime bounds the removing of one: nobody waits longer for what an engine takes back.
const dropTime = 3 * time.Minute

// DropUnfinished takes back what a killed server has left of a stack's snapshots, and
// lets its nodes go on, which may still stand still for one.
func (k *Keeper) DropUnfinished(ctx context.Context, stack string) error {
	if err := k.thaw(ctx, stack); err != nil {
		return err
	}
	all, err := k.Store.Snapshots(ctx)
	if err != nil {
		return err
	}
	for _, n := range all {
		if n.Stack == stack && n.State == ferry.SnapshotMaking && n.From == "" {
			if err := k.Discard(ctx, n); err != nil {
				return err
			}
		}
	}
	return nil
}

// Discard removes all of a snapshot that nobody uses; its record goes last.
func (k *Keeper) Discard(ctx context.Context, n ferry.Snapshot) error {
	ctx, cancel := context.WithTimeout(ctx, dropTime)
	defer cancel()
	labels := map[string]string{ferry.LabelHome: k.HomeLabel, ferry.LabelSnapshot: n.ID}
	volumes, err := k.Engine.ListVolumes(ctx, labels)
	if err != nil {
		return engine.Explain(err)
	}
	for _, v := range volumes {
		if err := k.Engine.RemoveVolume(ctx, v.Name); err != nil {
			return engine.Explain(err)
		}
	}
	images, err := k.Saved.List(ctx, ferry.LabelSnapshot+"="+n.ID)
	if err != nil {
		return engine.Explain(err)
	}
	for _, i := range images {
		for _, ref := range i.Refs {
			if err := k.Saved.Remove(ctx, ref); err != nil {
				return engine.Explain(err)
			}
		}
	}
	return k.Store.DeleteSnapshot(ctx, n.ID)
}

// thaw lets the nodes of a stack go on that stand still.
func (k *Keeper) thaw(ctx context.Context, stack string) error {
	nodes, err := k.Engine.NodeStates(ctx, k.Inventory.Of(stack))
	if err != nil {
		return engine.Explain(err)
	}
	var frozen []string
	for node, state := range nodes {
		if state == engine.Paused {
			frozen = append(frozen, node)
		}
	}
	if len(frozen) == 0 {
		return nil
	}
	return engine.Explain(k.Engine.Thaw(ctx, frozen))
}
