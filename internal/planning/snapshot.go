package planning

import (
	"context"
	"slices"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/plan"
	"github.com/ferry-project/ferry/internal/state"
)

// OfSnapshot plans the stack id for a snapshot's data. The file that the snapshot's stack was
// made of may fix ports of this machine; the stack may run, and has them.
func (p *Planner) OfSnapshot(ctx context.Context, n state.Snapshot, id, name string) (ferry.Plan, error) {
	in, err := p.input(ctx, id, name, applicationOf(n))
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

// Trial plans a stack that would begin with a snapshot, so that one from elsewhere is held
// to this Ferry's personalities before anything of it is made.
func (p *Planner) Trial(ctx context.Context, n state.Snapshot) (ferry.Plan, error) {
	if err := ValidName(n.Name); err != nil {
		return ferry.Plan{}, err
	}
	return p.OfSnapshot(ctx, n, dryID, "")
}
