package inventory

import (
	"context"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/plan"
)

// Have asks the engine, by label, for all that it has of a stack: so nothing is
// forgotten that a plan or a record does not know of.
func (v *Inventory) Have(ctx context.Context, id string) (plan.Have, error) {
	var h plan.Have
	nodes, err := v.Engine.ListNodes(ctx, v.Of(id))
	if err != nil {
		return h, engine.Explain(err)
	}
	for _, n := range nodes {
		h.Nodes = append(h.Nodes, plan.HaveNode{
			Thing: thing(n.Name, n.Labels), Node: n.Labels[ferry.LabelNode], State: stateForPlan(n.State),
		})
	}
	volumes, err := v.Engine.ListVolumes(ctx, v.Of(id))
	if err != nil {
		return h, engine.Explain(err)
	}
	for _, v := range volumes {
		h.Volumes = append(h.Volumes, thing(v.Name, v.Labels))
	}
	networks, err := v.Engine.ListNetworks(ctx)
	if err != nil {
		return h, engine.Explain(err)
	}
	for _, n := range networks {
		if n.Labels[ferry.LabelStack] == id && n.Labels[ferry.LabelHome] == v.HomeLabel {
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
