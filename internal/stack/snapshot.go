package stack

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/job"
	"github.com/ferry-project/ferry/internal/plan"
	"github.com/ferry-project/ferry/internal/state"
)

// Snapshot saves what a stack is now. A running stack is copied while it works, and
// stands still only for what has changed meanwhile.
func (m *Manager) Snapshot(ctx context.Context, ref string, r api.SnapshotRequest) (ferry.Job, error) {
	if err := validName(r.Name); err != nil {
		return ferry.Job{}, err
	}
	rec, err := m.savable(ctx, ref)
	if err != nil {
		return ferry.Job{}, err
	}
	n := m.newSnapshot(&rec, r)
	if err := m.store.CreateSnapshot(ctx, n); err != nil {
		return ferry.Job{}, err
	}
	j, err := m.jobs.Launch(ctx, ferry.Job{Kind: ferry.SnapshotJob, Stack: rec.ID}, func(ctx context.Context) ([]ferry.Step, error) {
		return nil, m.save(ctx, rec, n)
	})
	if err != nil {
		return j, errors.Join(err, m.store.DeleteSnapshot(context.WithoutCancel(ctx), n.ID))
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
	return rec, m.copyable(ctx, status, rec.ID)
}

// copyable reports what the engine lacks for a snapshot of a stack.
func (m *Manager) copyable(ctx context.Context, status ferry.Status, stack string) error {
	info, err := m.engine.Info(ctx)
	switch {
	case err != nil:
		return engine.Explain(err)
	case !info.Features.Copy:
		return ferry.Errorf(ferry.Invalid, "this engine cannot copy volumes")
	case status == ferry.Running && !info.Features.Freeze:
		return ferry.Errorf(ferry.Invalid, "this engine cannot have nodes stand still, so a running stack cannot be saved").
			WithHint("ferry stop %s, then save it", stack)
	}
	return nil
}

func (m *Manager) newSnapshot(rec *state.Record, r api.SnapshotRequest) state.Snapshot {
	n := state.Snapshot{
		Snapshot: ferry.Snapshot{
			ID: state.NewID("sn-"), Name: r.Name, Note: r.Note, State: ferry.SnapshotMaking, Stack: rec.ID, Lineage: rec.Plan.Lineage,
			Application: rec.Application, Created: m.now(), Version: m.version, Images: map[string]string{},
		},
		Plan: rec.Plan, Formed: rec.Formed, Secrets: rec.Secrets,
	}
	for _, p := range dataOf(&rec.Plan) {
		n.Volumes = append(n.Volumes, ferry.SnapshotVolume{
			Node: p.node.Name, Name: p.volume.Name, Volume: "ferry-" + n.ID + "-" + p.node.Name + "-" + p.volume.Name,
		})
	}
	return n
}

// piece is a volume with data, and the node that it is of.
type piece struct {
	node   ferry.Node
	volume ferry.Volume
}

// dataOf lists the volumes that hold what must survive.
func dataOf(p *ferry.Plan) []piece {
	var all []piece
	for _, n := range p.Nodes {
		for _, v := range n.Volumes {
			if v.Of == "" && !v.Scratch {
				all = append(all, piece{n, v})
			}
		}
	}
	return all
}

// save makes a snapshot whole, or takes back what it has made.
func (m *Manager) save(ctx context.Context, rec state.Record, n state.Snapshot) error {
	s := &saving{Manager: m, rec: rec, snapshot: n}
	err := s.all(ctx)
	if err == nil {
		s.snapshot.State = ferry.SnapshotGood
		err = m.store.UpdateSnapshot(ctx, s.snapshot)
	}
	if err == nil {
		m.jobs.Publish(rec.ID, ferry.Event{Kind: ferry.Note, Message: s.says()})
		return nil
	}
	if errors.Is(context.Cause(ctx), job.ErrShutdown) {
		return err // the next server takes it back
	}
	if cause := context.Cause(ctx); errors.Is(cause, job.ErrCancelled) {
		err = job.ErrCancelled
	}
	return errors.Join(engine.Explain(err), m.dropSnapshot(context.WithoutCancel(ctx), s.snapshot.Snapshot))
}

// saving is a snapshot that is being made.
type saving struct {
	*Manager
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
	s.jobs.Announce(s.rec.ID, ferry.SnapshotJob, nil)
	if err := s.step(ctx, "copies", "volumes to copy to", s.makeCopies); err != nil {
		return err
	}
	have, err := s.inventory.Have(ctx, s.rec.ID)
	if err != nil {
		return err
	}
	if ops := plan.Saving(&s.rec.Plan, have); len(ops) > 0 {
		if _, err := s.walk(ctx, &s.rec, ops); err != nil {
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
	begin := s.now()
	e := ferry.Event{Op: "save " + name, Message: why}
	e.Kind = ferry.OpStarted
	s.jobs.Publish(s.rec.ID, e)
	err := do(ctx)
	e.Kind, e.Took = ferry.OpDone, s.now().Sub(begin)
	if err != nil {
		e.Kind, e.Message = ferry.OpFailed, err.Error()
	}
	s.jobs.Publish(s.rec.ID, e)
	return err
}

// labels are on everything of a snapshot. They name no stack: who removes the stack
// removes what bears its label.
func (s *saving) labels(node string) map[string]string {
	return map[string]string{
		ferry.LabelFerry: s.version, ferry.LabelHome: s.homeLabel, ferry.LabelSnapshot: s.snapshot.ID, ferry.LabelNode: node,
	}
}

func (s *saving) makeCopies(ctx context.Context) error {
	for _, v := range s.snapshot.Volumes {
		if err := s.engine.CreateVolume(ctx, v.Volume, s.labels(v.Node)); err != nil {
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
		err := s.engine.CommitNode(ctx, n.Container, ref, s.labels(n.Name))
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
