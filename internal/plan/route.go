package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ferry-project/ferry"
)

// place is a port of a node: where a published port can lead.
type place struct {
	owner     *draft
	node      string
	container int
	name      string
}

// routed is a port that a block of the file asks for, and where it leads.
type routed struct {
	place
	by      *draft
	path    string
	request ferry.PortRequest
}

// route finds for every port in the file the node that listens on it. A connector's
// `ports` mostly mean a backend's: nothing listens on them in the connector.
func route(drafts []*draft) (routes []routed, faults ferry.Faults) {
	r := router{drafts: drafts}
	for _, d := range drafts {
		for i, request := range d.spec.Ports {
			one := routed{by: d, path: fmt.Sprintf("%s.ports[%d]", d.spec.Path, i), request: request}
			fault := r.find(&one)
			before := slices.IndexFunc(routes, one.repeats)
			switch {
			case fault != nil:
				faults = append(faults, *fault)
			case before < 0:
				routes = append(routes, one)
			case routes[before].by.spec.Path != d.spec.Path: // not an instance of the same block
				faults = append(faults, one.twice(routes[before]))
			}
		}
	}
	return routes, faults
}

// repeats reports whether another connector's port leads to the same place.
func (r routed) repeats(o routed) bool { return o.place == r.place && o.by != r.by }

func (r routed) twice(first routed) ferry.Fault {
	return ferry.Fault{
		Path:    r.path,
		Message: fmt.Sprintf("port %d of %s is published already, for %s", r.container, r.node, first.by.machines[0].Name),
		Hint:    "it is the same for every connector: leave it out here",
	}
}

// noteOwn says of ports that no service has whose they are: whoever meant a service's
// sees it before a driver is refused.
func noteOwn(routes []routed) {
	for _, r := range routes {
		if d := r.by; r.owner == d && r.request.Node == "" && !d.lists(r.container) {
			d.print.Notes = append(d.print.Notes, fmt.Sprintf(
				"port %d is for a program of your own in %s: no service of the stack has it", r.container, r.node))
		}
	}
}

type router struct{ drafts []*draft }

// find fills in where a port leads. A port that nobody is known to have stays on the
// connector, for a program of the user's own.
func (r router) find(one *routed) *ferry.Fault {
	port := one.request.Container
	one.place = place{owner: one.by, node: one.by.machines[0].Name, container: port}
	if one.request.Node != "" {
		return r.named(one)
	}
	if one.by.class != ferry.Connector || one.by.lists(port) {
		return nil
	}
	switch have := r.having(port); len(have) {
	case 0:
	case 1:
		one.place = have[0]
	default:
		return one.ambiguous(have)
	}
	return nil
}

// named is a port of the node that the file names.
func (r router) named(one *routed) *ferry.Fault {
	for _, d := range r.drafts {
		for _, m := range d.machines {
			if m.Name != one.request.Node {
				continue
			}
			one.owner, one.node = d, m.Name
			at := func(p place) bool { return p.node == m.Name }
			if i := slices.IndexFunc(d.places(one.container), at); i >= 0 {
				one.place = d.places(one.container)[i]
			}
			return nil
		}
	}
	return r.nobody(one)
}

func (r router) nobody(one *routed) *ferry.Fault {
	var names []string
	for _, d := range r.drafts {
		for _, m := range d.machines {
			names = append(names, m.Name)
		}
	}
	return &ferry.Fault{
		Path:    one.path,
		Message: fmt.Sprintf("no node is called %q", one.request.Node),
		Hint:    "there are " + strings.Join(names, ", "),
	}
}

// having lists the services with the port, each by the first of its nodes that has it.
// One that has it today hides those that had it in another generation.
func (r router) having(port int) []place {
	var today, formerly []place
	for _, d := range r.drafts {
		if d.class == ferry.Connector {
			continue
		}
		if all := d.places(port); len(all) == 0 {
			continue
		} else if all[0].container == port {
			today = append(today, all[0])
		} else {
			formerly = append(formerly, all[0])
		}
	}
	if len(today) > 0 {
		return today
	}
	return formerly
}

// places are the service's nodes that listen on a port, web interfaces first, and
// then those for which it is the port of another generation.
func (d *draft) places(port int) []place {
	var today, formerly []place
	add := func(node, name string, container int, others []int) {
		p := place{owner: d, node: node, name: name, container: container}
		if container == port {
			today = append(today, p)
		} else if slices.Contains(others, port) {
			formerly = append(formerly, p)
		}
	}
	for _, w := range d.print.Web {
		add(w.Node, w.Name, w.Port, w.Formerly)
	}
	for _, n := range d.print.Nodes {
		for _, p := range n.Ports {
			add(n.Name, p.Name, p.Container, p.Formerly)
		}
	}
	return append(today, formerly...)
}

// lists reports whether a program of the service's own listens on the port.
func (d *draft) lists(port int) bool { return len(d.places(port)) > 0 }

func (r routed) ambiguous(have []place) *ferry.Fault {
	var nodes, forms []string
	for _, p := range have {
		nodes = append(nodes, p.node+"'s")
		forms = append(forms, fmt.Sprintf("%q", r.at(p.node)))
	}
	return &ferry.Fault{
		Path:    r.path,
		Message: fmt.Sprintf("port %d could be %s", r.request.Container, strings.Join(nodes, " or ")),
		Hint:    "write " + strings.Join(forms, " or "),
	}
}

// at is the request as the file would have it for one node.
func (r routed) at(node string) string {
	r.request.Node = node
	return r.request.String()
}
