package stack

import (
	"context"
	"strconv"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/run"
	"github.com/ferry-project/ferry/internal/state"
)

// arrive records that a stack is what was wanted.
func (m *Manager) arrive(ctx context.Context, rec *state.Record) error {
	if p := rec.Wanted(); p.Revision > 0 {
		if err := m.keepPlan(ctx, p); err != nil {
			return engine.Explain(err)
		}
	}
	return m.settle(ctx, rec.ID, ferry.Running, arrived)
}

// keepPlan writes a later plan where it is found when all records are lost. Labels cannot
// be changed, and those of the network and of the first volume have the first plan; so
// each later one has an empty volume of its own, which goes when the next is there.
func (m *Manager) keepPlan(ctx context.Context, p *ferry.Plan) error {
	label, err := run.EncodePlan(p)
	if err != nil {
		return err
	}
	revision := strconv.Itoa(p.Revision)
	labels := m.of(p.Stack)
	labels[ferry.LabelFerry], labels[ferry.LabelHost] = m.Version, p.Network.Host
	labels[ferry.LabelPlan], labels[ferry.LabelRevision] = label, revision
	if err := m.Engine.CreateVolume(ctx, "ferry-"+p.Stack+"-plan-"+revision, labels); err != nil {
		return err
	}
	older := m.of(p.Stack)
	older[ferry.LabelRevision] = ""
	volumes, err := m.Engine.ListVolumes(ctx, older)
	if err != nil {
		return err
	}
	for _, v := range volumes {
		if v.Labels[ferry.LabelRevision] == revision {
			continue
		}
		if err := m.Engine.RemoveVolume(ctx, v.Name); err != nil {
			return err
		}
	}
	return nil
}

// newest keeps the plan's label of the highest revision.
type newest struct {
	label    string
	revision int
}

func (n *newest) see(labels map[string]string) {
	revision, _ := strconv.Atoi(labels[ferry.LabelRevision]) // none: the first
	if label := labels[ferry.LabelPlan]; label != "" && (n.label == "" || revision > n.revision) {
		n.label, n.revision = label, revision
	}
}
