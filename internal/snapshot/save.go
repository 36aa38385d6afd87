package snapshot

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/job"
	"github.com/ferry-project/ferry/internal/plan"
	"github.com/ferry-project/ferry/internal/state"
)

// Save makes a snapshot whole, or takes back what it has made.
func (k *Keeper) Save(ctx context.Context, rec state.Record, n state.Snapshot) error {
	s := &saving{Keeper: k, rec: rec, snapshot: n}
	err := s.all(ctx)
	if err == nil {
		s.snapshot.State = ferry.SnapshotGood
		err = k.Store.UpdateSnapshot(ctx, s.snapshot)
	}
	if err == nil {
		k.Jobs.Publish(rec.ID, ferry.Event{Kind: ferry.Note, Message: s.says()})
		return nil
	}
	if errors.Is(context.Cause(ctx), job.ErrShutdown) {
		return err // the next server takes it back
	}
	if cause := context.Cause(ctx); errors.Is(cause, job.ErrCancelled) {
		err = job.ErrCancelled
	}
	return errors.Join(engine.Explain(err), k.Discard(context.WithoutCancel(ctx), s.snapshot.Snapshot))
}

// saving is a snapshot that is being made.
type saving struct {
	*Keeper
	rec      state.Record
	snapshot state.Snapshot
}

func (s *saving) says() string {
	text := fmt.Sprintf("saved as %s: %s", s.snapshot.ID, cmp.Or(ferry.Size(s.snapshot.Bytes()), "no data"))
	if s.snapshot.Still > 0 {
		text += fmt.Sprintf("; %s stood still for %.1f s", s.rec.ID, s.snapshot.Still.Seconds())
	}
	return text
}

func (s *saving) all(ctx context.Context) error {
	s.Jobs.Announce(s.rec.ID, ferry.SnapshotJob, nil)
	if err := s.step(ctx, "copies", "volumes to copy to", s.makeCopies); err != nil {
		return err
	}
	have, err := s.Inventory.Have(ctx, s.rec.ID)
	if err != nil {
		return err
	}
	if ops := plan.Saving(&s.rec.Plan, have); len(ops) > 0 {
		if _, err := s.Work.Do(ctx, &s.rec, ops); err != nil {
			return err
		}
	}
	if err := s.copy(ctx, have); err != nil {
		return err
	}
	return s.step(ctx, "connectors", "the file systems of connectors", s.commit)
}

// step does a part of the work that is no operation of a graph, and reports it as one.
func (s *saving) step(ctx context.Context, name, why string, do func(context.Context) error) error {
	begin := s.Now()
	e := ferry.Event{Op: "save " + name, Message: why}
	e.Kind = ferry.OpStarted
	s.Jobs.Publish(s.rec.ID, e)
	err := do(ctx)
	e.Kind, e.Took = ferry.OpDone, s.Now().Sub(begin)
	if err != nil {
		e.Kind, e.Message = ferry.OpFailed, err.Error()
	}
	s.Jobs.Publish(s.rec.ID, e)
	return err
}

// labels are on everything of a snapshot. They name no stack: who removes the stack
// removes what bears its label.
func (s *saving) labels(node string) map[string]string {
	return map[string]string{
		ferry.LabelFerry: s.MadeBy, ferry.LabelHome: s.HomeLabel, ferry.LabelSnapshot: s.snapshot.ID, ferry.LabelNode: node,
	}
}

func (s *saving) makeCopies(ctx context.Context) error {
	for _, v := range s.snapshot.Volumes {
		if err := s.Engine.CreateVolume(ctx, v.Volume, s.labels(v.Node)); err != nil {
			return err
		}
	}
	return nil
}

// pairs are the stack's volumes with the snapshot's.
func pairs(p *ferry.Plan, n ferry.Snapshot) []engine.VolumePair {
	var all []engine.VolumePair
	for _, v := range n.Volumes {
		if node, ok := p.Node(v.Node); ok {
			all = append(all, engine.VolumePair{From: node.VolumeName(ferry.Volume{Name: v.Name}), To: v.Volume})
		}
	}
	return all
}

// commit saves what users have changed in their connectors, outside all volumes.
func (s *saving) commit(ctx context.Context) error {
	for _, n := range s.rec.Plan.Nodes {
		service, _ := s.rec.Plan.Service(n.Service)
		if service.Class != ferry.Connector {
			continue
		}
		ref := "ferry/snapshot:" + s.snapshot.ID + "-" + n.Name
		err := s.Engine.CommitNode(ctx, n.Container, ref, s.labels(n.Name))
		if errors.Is(err, errors.ErrUnsupported) {
			return nil
		}
		if err != nil {
			return err
		}
		s.snapshot.Images[n.Name] = ref
	}
	return nil
}
