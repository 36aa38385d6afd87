package plan

import (
	"cmp"
	"strconv"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/personality"
)

// nameNodes gives every machine its host name: a connector's own name if it has
// one, else the personality's stem and a number that goes on over all services
// of the same stem, so that no two nodes of a stack share a name.
func nameNodes(drafts []*draft) {
	n := names{taken: map[string]bool{}, next: map[string]int{}}
	for _, d := range drafts {
		if d.class == ferry.Connector && d.spec.Name != "" {
			n.taken[d.spec.Name] = true
		}
	}
	for _, d := range drafts {
		for _, s := range d.shapes {
			name := d.spec.Name
			if d.class != ferry.Connector || name == "" {
				name = n.free(cmp.Or(s.Stem, d.kind.Card().Host))
			}
			d.machines = append(d.machines, personality.Machine{Name: name, Role: s.Role})
		}
	}
}

type names struct {
	taken map[string]bool // by a connector's own name
	next  map[string]int  // number by stem
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
