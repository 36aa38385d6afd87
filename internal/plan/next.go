package plan

import (
	"cmp"
	"slices"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/personality"
)

// Next makes the plan that follows prev. What stays keeps its id, its name, its
// address, its ports and its memory: nothing moves because something else was added.
// Memory moves where the file asks for another amount.
//
// A prev of another stack lends its data: ids and names stay, since they are written
// into the data, and network, addresses and ports are the new stack's own.
func Next(prev *ferry.Plan, in Input) (ferry.Plan, error) {
	in.past = newPast(prev, in.Stack)
	if in.past.same {
		in.Observed.Ports = slices.DeleteFunc(slices.Clone(in.Observed.Ports), in.past.published)
	}
	return New(in)
}

// past is what an earlier plan has fixed.
type past struct {
	plan *ferry.Plan // nil: nothing
	same bool        // it is of the same stack
	// services are those not matched yet, by what distinguishes them.
	services map[identity][]*ferry.Planned
}

// identity is what makes a service of one plan that of another: not its place in the
// file, which moves when something is put before it. Several that are alike are
// matched in order.
type identity struct {
	class                     ferry.Class
	parent, personality, name string
}

func newPast(prev *ferry.Plan, stack string) past {
	p := past{plan: prev, services: map[identity][]*ferry.Planned{}}
	if prev == nil {
		return p
	}
	p.same = prev.Stack == stack
	for i := range prev.Services {
		s := &prev.Services[i]
		id := identity{s.Class, s.Parent, s.Spec.Personality, s.Spec.Name}
		p.services[id] = append(p.services[id], s)
	}
	return p
}

// revision is that of the plan before: whoever carries out a plan that differs raises it.
func (p past) revision() int {
	if !p.same {
		return 0
	}
	return p.plan.Revision
}

func (p past) lineage() string {
	if p.plan == nil {
		return ""
	}
	return cmp.Or(p.plan.Lineage, p.plan.Stack)
}

// match returns the service that a drafted one has been, nil for a new one. Each is
// handed out once.
func (p past) match(d *draft) *ferry.Planned {
	id := identity{class: d.class, personality: d.spec.Personality, name: d.spec.Name}
	if d.parent != nil {
		id.parent = d.parent.id
	}
	found := p.services[id]
	if len(found) == 0 {
		return nil
	}
	p.services[id] = found[1:]
	return found[0]
}

// known reports whether the earlier plan has a service of that id.
func (p past) known(id string) bool {
	if p.plan == nil {
		return false
	}
	_, ok := p.plan.Service(id)
	return ok
}

// node returns the node of that name, as it was.
func (p past) node(name string) (ferry.Node, bool) {
	if p.plan == nil {
		return ferry.Node{}, false
	}
	return p.plan.Node(name)
}

// roles are the names of a service's earlier nodes by role, in order.
func (p past) roles(s *ferry.Planned) map[string][]string {
	names := map[string][]string{}
	if s == nil {
		return names
	}
	for _, name := range s.Nodes {
		if n, ok := p.node(name); ok {
			names[n.Role] = append(names[n.Role], name)
		}
	}
	return names
}

// machines are those of an earlier service, as its personality saw them.
func (p past) machines(s *ferry.Planned, cpus float64) []personality.Machine {
	var all []personality.Machine
	for _, name := range s.Nodes {
		if n, ok := p.node(name); ok {
			r := n.Resources
			all = append(all, personality.Machine{Name: n.Name, Address: n.Address, Role: n.Role, Memory: r.Memory, CPUs: cmp.Or(r.CPUs, cpus)})
		}
	}
	return all
}

// hostPort returns the port of this host that led to a node's port, 0 for none.
func (p past) hostPort(node string, container int) int {
	n, ok := p.node(node)
	if !ok || !p.same {
		return 0
	}
	for _, port := range n.Ports {
		if port.Container == container {
			return port.Host
		}
	}
	return 0
}

// published reports whether the stack itself has that port of this host.
func (p past) published(host int) bool {
	return p.same && slices.ContainsFunc(p.plan.Nodes, func(n ferry.Node) bool {
		return slices.ContainsFunc(n.Ports, func(p ferry.Port) bool { return p.Host == host })
	})
}
