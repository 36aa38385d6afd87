package plan

import (
	"fmt"
	"slices"

	"github.com/ferry-project/ferry"
)

// The host ports Ferry picks from when the file names none: below the range the
// kernel gives to outgoing connections (32768 and up on Linux).
const (
	firstPort = 20000
	lastPort  = 29999
)

// publish fixes every host port: first those the file names, then free ones for
// the rest of the file and for the web interfaces.
func publish(drafts []*draft, in Input) {
	a := allocator{taken: map[int]bool{}, next: firstPort, drafts: drafts}
	for _, p := range in.Observed.Ports {
		a.taken[p] = true
	}
	for _, d := range drafts {
		a.named(d)
	}
	for _, d := range drafts {
		a.picked(d)
	}
	for _, d := range drafts {
		a.web(d)
	}
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
	taken  map[int]bool // host ports
	next   int
	drafts []*draft
}

func (a *allocator) named(d *draft) {
	for _, r := range d.spec.Ports {
		if r.Host != 0 {
			a.put(d, r, r.Host)
		}
	}
}

func (a *allocator) picked(d *draft) {
	for _, r := range d.spec.Ports {
		if r.Host == 0 {
			a.put(d, r, a.free())
		}
	}
}

func (a *allocator) put(d *draft, r ferry.PortRequest, host int) {
	port := ferry.Port{Container: r.Container, Host: host, Address: r.Address}
	node := d.machines[0].Name
	if owner, w, ok := a.page(d, r.Container); ok {
		d, node = owner, w.Node
		port.Name, port.Container = w.Name, w.Port
	}
	a.taken[host] = true
	d.ports[node] = append(d.ports[node], port)
}

// page finds the web interface that a connector's port means. Files publish such
// ports on the connector, where nothing has ever listened on them.
func (a *allocator) page(d *draft, port int) (owner *draft, page ferry.WebPage, ok bool) {
	if d.class != ferry.Connector {
		return nil, page, false
	}
	for _, o := range a.drafts {
		for _, w := range o.print.Web {
			if w.Port == port || slices.Contains(w.Formerly, port) {
				return o, w, true
			}
		}
	}
	return nil, page, false
}

func (a *allocator) web(d *draft) {
	for _, w := range d.print.Web {
		has := func(p ferry.Port) bool { return p.Container == w.Port }
		if slices.ContainsFunc(d.ports[w.Node], has) {
			continue
		}
		d.ports[w.Node] = append(d.ports[w.Node], ferry.Port{
			Name: w.Name, Container: w.Port, Host: a.free(),
		})
	}
}

func (a *allocator) free() int {
	for p := a.next; p <= lastPort; p++ {
		if !a.taken[p] {
			a.taken[p] = true
			a.next = p + 1
			return p
		}
	}
	return 0 // ten thousand published ports: the engine picks
}
