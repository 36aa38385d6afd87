package stack

import (
	"context"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/plan"
	"github.com/ferry-project/ferry/internal/state"
)

// have asks the engine, by label, for all that it has of a stack: so nothing is
// forgotten that a plan or a record does not know of.
func (m *Manager) have(ctx context.Context, id string) (plan.Have, error) {
	var h plan.Have
	nodes, err := m.Engine.ListNodes(ctx, m.of(id))
	if err != nil {
		return h, engine.Explain(err)
	}
	for _, n := range nodes {
		h.Nodes = append(h.Nodes, plan.HaveNode{
			Thing: thing(n.Name, n.Labels), Node: n.Labels[ferry.LabelNode], State: stateForPlan(n.State),
		})
	}
	volumes, err := m.Engine.ListVolumes(ctx, m.of(id))
	if err != nil {
		return h, engine.Explain(err)
	}
	for _, v := range volumes {
		h.Volumes = append(h.Volumes, thing(v.Name, v.Labels))
	}
	networks, err := m.Engine.ListNetworks(ctx)
	if err != nil {
		return h, engine.Explain(err)
	}
	for _, n := range networks {
		if n.Labels[ferry.LabelStack] == id && n.Labels[ferry.LabelHome] == m.HomeLabel {
			h.Networks = append(h.Networks, thing(n.Name, n.Labels))
		}
	}
	return h, nil
}

func thing(name string, labels map[string]string) plan.Thing {
	return plan.Thing{Name: name, Host: labels[ferry.LabelHost], Job: labels[ferry.LabelJob]}
}

func stateForPlan(s engine.State) plan.NodeState {
	switch s {
	case engine.Created:
		return plan.NeverRan
	case engine.Running, engine.Paused:
		return plan.Up
	}
	return plan.Down
}

// pastOf is how far a stack has come.
func pastOf(rec *state.Record) plan.Past {
	past := plan.Past{Formed: rec.Formed}
	if rec.Next != nil {
		past.Plan = &rec.Plan
	}
	return past
}

func servicesOf(p *ferry.Plan) []string {
	var ids []string
	for _, s := range p.Services {
		ids = append(ids, s.ID)
	}
	return ids
}
