package plan

import (
	"strconv"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/personality"
)

// nameNodes gives every machine its host name: a connector's own name if it has
// one, else the personality's stem and a number that goes on over all services
// of the same stem, so that no two nodes of a stack share a name.
func nameNodes(drafts []*draft) {
	taken := map[string]bool{}
	for _, d := range drafts {
		if d.class == ferry.Connector && d.spec.Name != "" {
			taken[d.spec.Name] = true
		}
	}
	for _, d := range drafts {
		d.name(taken)
	}
}

func (d *draft) name(taken map[string]bool) {
	for _, s := range d.shapes {
		name := d.spec.Name
		if d.class != ferry.Connector || name == "" {
			name = free(d.kind.Card().Host, taken)
		}
		d.machines = append(d.machines, personality.Machine{Name: name, Role: s.Role})
	}
}

func free(stem string, taken map[string]bool) string {
	for i := 0; ; i++ {
		name := stem + strconv.Itoa(i)
		if !taken[name] {
			taken[name] = true
			return name
		}
	}
}
