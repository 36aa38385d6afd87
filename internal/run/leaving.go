package run

import (
	"slices"

	"github.com/ferry-project/ferry"
)

// parting is a task with the nodes that leave its service in place of ferry.Leaving.
func (g Graph) parting(t ferry.Task, op ferry.Op) ferry.Task {
	if t.Node == ferry.Leaving {
		t.Node = op.Node
	}
	if at := slices.Index(t.Command, ferry.Leaving); at >= 0 {
		t.Command = slices.Concat(t.Command[:at], g.leaving(op.Service), t.Command[at+1:])
	}
	return t
}

// leaving are the nodes of a service that the plan before has and this one has not.
func (g Graph) leaving(service string) (names []string) {
	if g.From == nil {
		return nil
	}
	s, _ := g.From.Service(service)
	for _, name := range s.Nodes {
		if _, stays := g.Plan.Node(name); !stays {
			names = append(names, name)
		}
	}
	return names
}
