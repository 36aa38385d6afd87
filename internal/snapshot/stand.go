package snapshot

import (
	"context"
	"errors"
	"fmt"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
)

// stand has the stack's volumes stand on those of the snapshot, so that nothing is copied,
// and reports whether they do: an engine's machine may be unable to.
func (s *saving) stand(ctx context.Context) (bool, error) {
	layers, err := s.layers()
	if err != nil || len(layers) == 0 {
		return false, err
	}
	sums, err := s.Engine.CreateLayers(ctx, layers)
	switch {
	case errors.Is(err, errors.ErrUnsupported):
		s.Jobs.Publish(s.rec.ID, ferry.Event{Kind: ferry.Note, Message: fmt.Sprintf("the data of %s is copied: %v", s.snapshot.ID, err)})
		return false, nil
	case errors.Is(err, engine.ErrNotFound):
		return false, ferry.Errorf(ferry.Failed, "snapshot %s is not whole any more: %w", s.snapshot.ID, err)
	case err != nil:
		return false, err
	}
	held := map[string]engine.VolumeSum{}
	for i, l := range layers {
		held[l.Over] = sums[i]
	}
	return true, s.untouched(func(volume string) (engine.VolumeSum, error) { return held[volume], nil })
}

// layers are the stack's volumes over the snapshot's.
func (s *saving) layers() ([]engine.Layer, error) {
	var all []engine.Layer
	for _, v := range s.snapshot.Volumes {
		node, ok := s.rec.Plan.Node(v.Node)
		if !ok {
			continue
		}
		name := node.VolumeName(ferry.Volume{Name: v.Name})
		labels, err := s.Work.Walker.VolumeLabels(s.Work.Graph(&s.rec, nil), node, name)
		if err != nil {
			return nil, err
		}
		all = append(all, engine.Layer{Name: name, Over: v.Volume, Labels: labels})
	}
	return all, nil
}

// standing lists the stacks whose volumes stand on those of a snapshot.
func (k *Keeper) standing(ctx context.Context, n ferry.Snapshot) ([]string, error) {
	over, err := k.Engine.ListVolumes(ctx, map[string]string{ferry.LabelHome: k.HomeLabel, ferry.LabelOver: ""})
	if err != nil {
		return nil, engine.Explain(err)
	}
	var stacks []string
	for _, v := range over {
		for _, own := range n.Volumes {
			if v.Labels[ferry.LabelOver] == own.Volume {
				stacks = append(stacks, v.Labels[ferry.LabelStack])
			}
		}
	}
	return stacks, nil
}
