package plan_test

import (
	"slices"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/plan"
)

// tells is the engine that assigns an address at each start: every node that runs learns
// those of all that run.
func (w *world) tells() {
	all := map[string]int{}
	for _, c := range w.nodes {
		if c.state == plan.Up {
			all[c.node] = c.address
		}
	}
	for _, c := range w.nodes {
		if c.state == plan.Up {
			c.knows = all
		}
	}
}

// lacksFile reports whether a file of the node is not among those it had. One that it has
// no more may lie about: nobody reads it.
func lacksFile(had, n ferry.Node) bool {
	return slices.ContainsFunc(n.Files, func(f ferry.File) bool { return !slices.Contains(had.Files, f) })
}
