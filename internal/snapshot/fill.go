package snapshot

import (
	"context"
	"errors"
	"slices"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/inventory"
	"github.com/ferry-project/ferry/internal/plan"
	"github.com/ferry-project/ferry/internal/state"
)

// Fill copies a snapshot's data to the stack that begins with it, before any of the
// stack's nodes is made: from then on the data is the stack's own.
func (k *Keeper) Fill(ctx context.Context, rec *state.Record, have plan.Have) (plan.Have, error) {
	if rec.Source == "" || len(have.Nodes) > 0 {
		return have, nil
	}
	n, err := k.Store.FindSnapshot(ctx, rec.Source)
	if err != nil {
		return have, err
	}
	have, err = k.Inventory.Have(ctx, rec.ID) // also after a plan that the engine has turned down
	if err != nil {
		return have, err
	}
	s := &saving{Keeper: k, rec: *rec, snapshot: n}
	if err := s.fill(ctx, have); err != nil {
		return have, err
	}
	return k.Inventory.Have(ctx, rec.ID)
}

// fill: new volumes stand on the snapshot's where they can. What is there already, because
// the stack goes back or a killed server has made it, or is wanted so, is filled by copying.
func (s *saving) fill(ctx context.Context, have plan.Have) (err error) {
	stands := false
	if len(have.Volumes) == 0 {
		err = s.step(ctx, "back", "volumes that share the data of "+s.snapshot.ID+" until it is changed", func(ctx context.Context) error {
			stands, err = s.stand(ctx)
			return err
		})
	}
	if err == nil && stands {
		have, err = s.Inventory.Have(ctx, s.rec.ID)
	}
	if err == nil {
		err = s.MakeVolumes(ctx, &s.rec, have)
	}
	if err == nil && !stands {
		err = s.step(ctx, "back", "the data of "+s.snapshot.ID, s.back)
	}
	return engine.Explain(err)
}

// MakeVolumes does of a change what makes volumes.
func (k *Keeper) MakeVolumes(ctx context.Context, rec *state.Record, have plan.Have) error {
	ops, err := plan.Change(inventory.Past(rec), plan.Goal{Plan: rec.Wanted()}, have)
	if err != nil {
		return err
	}
	ops = slices.DeleteFunc(ops, func(o ferry.Op) bool { return o.Do != ferry.CreateVolume })
	_, err = k.Work.Do(ctx, rec, ops)
	return err
}

// back copies a snapshot's volumes, which must be what they were, to the stack's.
func (s *saving) back(ctx context.Context) (err error) {
	var all []engine.VolumePair
	for _, p := range pairs(&s.rec.Plan, s.snapshot.Snapshot) {
		all = append(all, engine.VolumePair{From: p.To, To: p.From})
	}
	if len(all) == 0 {
		return nil
	}
	c, err := s.Engine.OpenCopy(ctx, all, s.labels(""))
	if errors.Is(err, engine.ErrNotFound) {
		return ferry.Errorf(ferry.Failed, "snapshot %s is not whole any more: %w", s.snapshot.ID, err)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close(context.WithoutCancel(ctx))) }()
	if err := s.untouched(func(volume string) (engine.VolumeSum, error) { return c.Sum(ctx, volume) }); err != nil {
		return err
	}
	_, err = c.Pass(ctx)
	return err
}

// untouched fails when a volume of the snapshot is not what was saved.
func (s *saving) untouched(sumOf func(volume string) (engine.VolumeSum, error)) error {
	for _, v := range s.snapshot.Volumes {
		if _, ok := s.rec.Plan.Node(v.Node); !ok {
			continue
		}
		sum, err := sumOf(v.Volume)
		if err != nil {
			return err
		}
		if sum.Digest != v.Digest {
			return ferry.Errorf(ferry.Failed, "snapshot %s was changed outside Ferry: the volume %s is not what was saved", s.snapshot.ID, v.Volume)
		}
	}
	return nil
}
