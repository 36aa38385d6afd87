// Package transfer carries snapshots elsewhere and takes in those that come: the use cases
// behind export and import.
package transfer

import (
	"context"
	"errors"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/state"
)

// Engine is what a transfer needs of one.
type Engine interface {
	engine.Host
	engine.Volumes
	engine.Copier
	engine.Packer
}

// Records keep snapshots; state.Store has them.
type Records interface {
	CreateSnapshot(ctx context.Context, n state.Snapshot) error
	UpdateSnapshot(ctx context.Context, n state.Snapshot) error
	FindSnapshot(ctx context.Context, ref string) (state.Snapshot, error)
	Snapshots(ctx context.Context) ([]ferry.Snapshot, error)
}

// Planner plans stacks.
type Planner interface {
	// Trial plans a stack that would begin with a snapshot, and changes nothing.
	Trial(ctx context.Context, n state.Snapshot) (ferry.Plan, error)
}

// Keeper has snapshots.
type Keeper interface {
	// Discard removes all of one.
	Discard(ctx context.Context, n ferry.Snapshot) error
}

// Transfer carries snapshots. Its fields are set before its first use.
type Transfer struct {
	Engine    Engine
	Records   Records
	Planner   Planner
	Keeper    Keeper
	HomeLabel string
	// FerryVersion is written into archives, and on what is made of them.
	FerryVersion string
}

var _ api.Archives = (*Transfer)(nil)

// DropIncoming takes back what a killed server has left of snapshots that were coming in.
func (t *Transfer) DropIncoming(ctx context.Context) error {
	all, err := t.Records.Snapshots(ctx)
	for _, n := range all {
		if n.From != "" && n.State == ferry.SnapshotMaking {
			err = errors.Join(err, t.Keeper.Discard(ctx, n))
		}
	}
	return err
}

// labels are on everything of a snapshot: those that a snapshot taken here has.
func (t *Transfer) labels(snapshot, node string) map[string]string {
	labels := map[string]string{ferry.LabelFerry: t.FerryVersion, ferry.LabelHome: t.HomeLabel, ferry.LabelSnapshot: snapshot}
	if node != "" {
		labels[ferry.LabelNode] = node
	}
	return labels
}

// able fails on an engine that cannot carry volumes.
func (t *Transfer) able(ctx context.Context) error {
	info, err := t.Engine.Info(ctx)
	if err == nil && !info.Features.Copy {
		err = ferry.Errorf(ferry.Invalid, "this engine cannot copy volumes")
	}
	return engine.Explain(err)
}

// sums sums up the volumes of a snapshot.
func (t *Transfer) sums(ctx context.Context, n ferry.Snapshot) (sums []engine.VolumeSum, err error) {
	if len(n.Volumes) == 0 {
		return nil, nil
	}
	var pairs []engine.VolumePair
	for _, v := range n.Volumes {
		pairs = append(pairs, engine.VolumePair{From: v.Volume})
	}
	c, err := t.Engine.OpenCopy(ctx, pairs, t.labels(n.ID, ""))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.Close(context.WithoutCancel(ctx))) }()
	for _, v := range n.Volumes {
		sum, err := c.Sum(ctx, v.Volume)
		if err != nil {
			return nil, err
		}
		sums = append(sums, sum)
	}
	return sums, nil
}
