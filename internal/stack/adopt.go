package stack

import (
	"context"
	"fmt"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/run"
	"github.com/ferry-project/ferry/internal/state"
)

// Adopt rebuilds the records of stacks that only the engine knows, from the plan
// on the label of each one's network. Secrets are not on labels: a node that has
// them keeps them, and what is made anew later gets new ones.
func (m *Manager) Adopt(ctx context.Context) ([]ferry.Stack, error) {
	networks, err := m.Engine.ListNetworks(ctx)
	if err != nil {
		return nil, unavailable(err)
	}
	adopted := []ferry.Stack{}
	for _, n := range networks {
		id := n.Labels[ferry.LabelStack]
		if id == "" || n.Labels[ferry.LabelHome] != m.HomeLabel {
			continue
		}
		if _, err := m.Store.Find(ctx, id); ferry.CodeOf(err) != ferry.NotFound {
			continue
		}
		s, err := m.adopt(ctx, n)
		if err != nil {
			return adopted, fmt.Errorf("adopt %s: %w", id, err)
		}
		adopted = append(adopted, s)
	}
	return adopted, nil
}

func (m *Manager) adopt(ctx context.Context, n engine.Network) (ferry.Stack, error) {
	p, err := run.DecodePlan(n.Labels[ferry.LabelPlan])
	if err != nil {
		return ferry.Stack{}, err
	}
	nodes, err := m.Engine.ListNodes(ctx, m.of(p.Stack))
	if err != nil {
		return ferry.Stack{}, unavailable(err)
	}
	status, intent := adoptedStatus(nodes)
	rec := state.Record{
		Stack: ferry.Stack{
			ID: p.Stack, Name: p.Name, Application: p.Application.Name, Status: status,
			Created: m.Now(), Changed: m.Now(),
		},
		Intent: intent, Plan: *p, Started: true,
	}
	k, err := m.keyring(ctx, p)
	if err != nil {
		return ferry.Stack{}, err
	}
	values, err := k.recall(ctx, nil)
	if err != nil {
		return ferry.Stack{}, err
	}
	rec.Secrets = state.Secrets(values)
	return rec.Stack, m.Store.Create(ctx, rec)
}

// adoptedStatus: a stack of which anything runs is meant to run.
func adoptedStatus(nodes []engine.Node) (status, intent ferry.Status) {
	for _, n := range nodes {
		if n.State == engine.Running {
			return ferry.Running, ferry.Running
		}
	}
	return ferry.Stopped, ferry.Stopped
}
