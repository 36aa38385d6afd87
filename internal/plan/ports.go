package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ferry-project/ferry"
)

// The host ports Ferry picks from when the file names none: below the range the
// kernel uses for outgoing connections (32768 and up on Linux).
const (
	firstPort = 20000
	lastPort  = 29999
)

// publish fixes every host port: first those the file names, then free ones for
// the rest of the file and for the web interfaces.
func publish(drafts []*draft, in Input) ferry.Faults {
	routes, faults := route(drafts)
	if len(faults) > 0 {
		return faults
	}
	if in.Application.Network.Private {
		return refusePorts(routes)
	}
	a := allocator{past: in.past, taken: map[int]bool{}, next: firstPort}
	for _, p := range in.Observed.Ports {
		a.taken[p] = true
	}
	for _, r := range routes {
		if r.request.Host != 0 {
			a.put(r, r.request.Host)
		}
	}
	for _, r := range routes {
		if r.request.Host == 0 {
			a.put(r, a.choose(r.node, r.container))
		}
	}
	for _, d := range drafts {
		a.web(d)
		a.always(d)
	}
	noteOwn(routes)
	return nil
}

// refusePorts refuses the ports of a private network: the host, which would publish
// them, has no route to its nodes.
func refusePorts(routes []routed) (faults ferry.Faults) {
	for _, r := range routes {
		faults = append(faults, ferry.Fault{
			Path: r.path, Message: "a private network publishes no ports",
			Hint: "leave the ports out (--set '" + r.path[:strings.LastIndex(r.path, "[")] + "=[]' does), or network.private",
		})
	}
	return faults
}

// takenPorts refuses host ports that the file names and somebody has.
func takenPorts(drafts []*draft, observed []int) (faults ferry.Faults) {
	taken := map[int]string{}
	for _, p := range observed {
		taken[p] = "something on this host"
	}
	for _, d := range drafts {
		for i, r := range d.spec.Ports {
			if r.Host == 0 {
				continue
			}
			who, ok := taken[r.Host]
			if !ok {
				taken[r.Host] = d.machines[0].Name
				continue
			}
			faults = append(faults, ferry.Fault{
				Path:    fmt.Sprintf("%s.ports[%d]", d.spec.Path, i),
				Message: fmt.Sprintf("host port %d is taken by %s", r.Host, who),
				Hint:    fmt.Sprintf("write %d alone and Ferry picks a free host port", r.Container),
			})
		}
	}
	return faults
}

type allocator struct {
	past  past
	taken map[int]bool // host ports
	next  int
}

func (a *allocator) put(r routed, host int) {
	a.taken[host] = true
	r.owner.ports[r.node] = append(r.owner.ports[r.node], ferry.Port{
		Name: r.name, Container: r.container, Host: host, Address: r.request.Address,
	})
}

func (a *allocator) web(d *draft) {
	for _, w := range d.print.Web {
		has := func(p ferry.Port) bool { return p.Container == w.Port }
		if slices.ContainsFunc(d.ports[w.Node], has) {
			continue
		}
		d.ports[w.Node] = append(d.ports[w.Node], ferry.Port{
			Name: w.Name, Container: w.Port, Host: a.choose(w.Node, w.Port),
		})
	}
}

// choose returns the host port that a node's port has had, unless the file assigns it
// to another, or a free one.
func (a *allocator) choose(node string, container int) int {
	if had := a.past.hostPort(node, container); had > 0 && !a.taken[had] {
		a.taken[had] = true
		return had
	}
	return a.free()
}

func (a *allocator) free() int {
	for p := a.next; p <= lastPort; p++ {
		if !a.taken[p] && !a.past.published(p) {
			a.taken[p] = true
			a.next = p + 1
			return p
		}
	}
	return 0 // ten thousand published ports: the engine picks
}
