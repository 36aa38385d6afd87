package plan

import (
	"slices"

	"github.com/ferry-project/ferry"
)

// roll has the nodes of a service that must end for a change do so one after the other:
// the next stops when the one before runs again and has answered its probes.
func (c *change) roll() {
	for _, s := range c.to.Services {
		var before string
		for i, name := range s.Nodes {
			if !c.has(string(ferry.StopNode) + " " + name) {
				continue
			}
			if before != "" {
				c.after(string(ferry.StopNode)+" "+name, c.answered(before, s.Nodes[i:]))
			}
			before = name
		}
	}
}

// answered are the operations after which a node is what it is to be. A probe that
// waits for one of the later nodes is none of them: they wait for it.
func (c *change) answered(node string, later []string) []string {
	ids := []string{c.prepared(node)}
	for _, o := range c.ops {
		if o.Do != ferry.AwaitProbe || o.Node != node {
			continue
		}
		waits := func(name string) bool { return c.reaches(o.ID, string(ferry.StartNode)+" "+name) }
		if !slices.ContainsFunc(later, waits) {
			ids = append(ids, o.ID)
		}
	}
	return ids
}

// reaches reports whether an operation comes after another.
func (c *change) reaches(id, other string) bool {
	seen := map[string]bool{}
	for todo := []string{id}; len(todo) > 0; todo = todo[1:] {
		if todo[0] == other {
			return true
		}
		if at, ok := c.at[todo[0]]; ok && !seen[todo[0]] {
			seen[todo[0]] = true
			todo = append(todo, c.ops[at].After...)
		}
	}
	return false
}

// after adds edges to an operation.
func (c *change) after(id string, ids []string) {
	o := &c.ops[c.at[id]]
	o.After = append(o.After, ids...)
}
