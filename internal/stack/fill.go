package stack

import (
	"context"
	"errors"
	"slices"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/plan"
	"github.com/ferry-project/ferry/internal/state"
)

// startSnapshot makes a stack that begins with a snapshot: its own id, network and ports,
// the snapshot's data, secrets and connectors.
func (m *Manager) startSnapshot(ctx context.Context, n state.Snapshot, r api.StartRequest) (ferry.Job, error) {
	if err := usable(n.Snapshot); err != nil {
		return ferry.Job{}, err
	}
	if err := validName(r.Name); err != nil {
		return ferry.Job{}, err
	}
	m.planned.Lock()
	defer m.planned.Unlock()
	id := state.NewID("sa-")
	p, err := m.planOf(ctx, n, id, r.Name)
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
			if err := m.makeVolumes(ctx, &rec, plan.Have{}); err != nil {
				return nil, m.takeBack(context.WithoutCancel(ctx), rec, r.Retain, err)
			}
		}
		return m.raise(ctx, rec, plan.Have{}, r.Retain)
	})
}

func usable(n ferry.Snapshot) error {
	if n.State != ferry.SnapshotGood {
		return ferry.Errorf(ferry.Conflict, "snapshot %s is not whole: it is still being made, or its making was cut off", n.ID)
	}
	return nil
}

// planOf plans the stack id for a snapshot's data. The file that the snapshot's stack was
// made of may fix ports of this machine; the stack may run, and has them.
func (m *Manager) planOf(ctx context.Context, n state.Snapshot, id, name string) (ferry.Plan, error) {
	in, err := m.input(ctx, id, name, applicationOf(n))
	if err != nil {
		return ferry.Plan{}, err
	}
	return plan.Next(&n.Plan, in)
}

func applicationOf(n state.Snapshot) ferry.Application {
	a := n.Plan.Application
	a.Connectors = slices.Clone(a.Connectors)
	for i := range a.Connectors {
		c := &a.Connectors[i]
		c.Image = imageOf(n, *c)
		c.Ports = anyHostPort(c.Ports)
	}
	return a
}

// imageOf is the saved file system of a connector, else what it was made of.
func imageOf(n state.Snapshot, c ferry.Service) string {
	for _, s := range n.Plan.Services {
		if s.Spec.Path == c.Path && len(s.Nodes) > 0 && n.Images[s.Nodes[0]] != "" {
			return n.Images[s.Nodes[0]]
		}
	}
	return c.Image
}

func anyHostPort(ports []ferry.PortRequest) []ferry.PortRequest {
	ports = slices.Clone(ports)
	for i := range ports {
		ports[i].Host = 0
	}
	return ports
}

// fill copies a snapshot's data to the stack that begins with it, before any of the
// stack's nodes is made: from then on the data is the stack's own.
func (m *Manager) fill(ctx context.Context, rec *state.Record, have plan.Have) (plan.Have, error) {
	if rec.Source == "" || len(have.Nodes) > 0 {
		return have, nil
	}
	n, err := m.store.FindSnapshot(ctx, rec.Source)
	if err != nil {
		return have, err
	}
	have, err = m.inventory.Have(ctx, rec.ID) // also after a plan that the engine has turned down
	if err != nil {
		return have, err
	}
	s := &saving{Manager: m, rec: *rec, snapshot: n}
	if err := s.fill(ctx, have); err != nil {
		return have, err
	}
	return m.inventory.Have(ctx, rec.ID)
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
		have, err = s.inventory.Have(ctx, s.rec.ID)
	}
	if err == nil {
		err = s.makeVolumes(ctx, &s.rec, have)
	}
	if err == nil && !stands {
		err = s.step(ctx, "back", "the data of "+s.snapshot.ID, s.back)
	}
	return engine.Explain(err)
}

// makeVolumes does of a change what makes volumes.
func (m *Manager) makeVolumes(ctx context.Context, rec *state.Record, have plan.Have) error {
	ops, err := plan.Change(pastOf(rec), plan.Goal{Plan: rec.Wanted()}, have)
	if err != nil {
		return err
	}
	ops = slices.DeleteFunc(ops, func(o ferry.Op) bool { return o.Do != ferry.CreateVolume })
	_, err = m.walk(ctx, rec, ops)
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
	c, err := s.engine.OpenCopy(ctx, all, s.labels(""))
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
