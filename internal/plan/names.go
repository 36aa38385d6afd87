package plan

import (
	"cmp"
	"strconv"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/personality"
)

// nameNodes sets the host name of every machine: the one it has had, a connector's own
// name if it has one, else the personality's stem and a number that goes on over all
// services of the same stem, so that no two nodes of a stack share a name. A name that
// another node has had is given to no new one.
func nameNodes(drafts []*draft, p past) {
	n := names{taken: map[string]bool{}, next: map[string]int{}}
	if p.plan != nil {
		for _, node := range p.plan.Nodes {
			n.taken[node.Name] = true
		}
	}
	for _, d := range drafts {
		if d.class == ferry.Connector && d.spec.Name != "" {
			n.taken[d.spec.Name] = true
		}
	}
	for _, d := range drafts {
		kept := p.roles(d.before)
		for _, s := range d.shapes {
			d.machines = append(d.machines, personality.Machine{Name: n.of(d, s, kept), Role: s.Role})
		}
	}
}

type names struct {
	taken map[string]bool // by a connector's own name, or by a node of the plan before
	next  map[string]int  // number by stem
}

// of names one machine; kept are the names that its service has for each role.
func (n names) of(d *draft, s personality.Shape, kept map[string][]string) string {
	switch had := kept[s.Role]; {
	case len(had) > 0:
		kept[s.Role] = had[1:]
		return had[0]
	case d.class == ferry.Connector && d.spec.Name != "":
		return d.spec.Name
	}
	return n.free(cmp.Or(s.Stem, d.kind.Card().Host))
}

func (n names) free(stem string) string {
	for {
		name := stem + strconv.Itoa(n.next[stem])
		n.next[stem]++
		if !n.taken[name] {
			return name
		}
	}
}
