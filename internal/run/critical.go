package run

import (
	"slices"

	"github.com/ferry-project/ferry"
)

// criticalPath is the chain that made a walk as long as it was: from the
// operation that ended last back through the predecessor that each waited for
// last. Joins, which do nothing themselves, are left out.
func criticalPath(done []outcome) []ferry.Step {
	byID := make(map[string]outcome, len(done))
	var last outcome
	for _, o := range done {
		byID[o.op.ID] = o
		last = later(last, o)
	}
	var path []ferry.Step
	for o := last; o.op.ID != ""; {
		if o.op.Do != ferry.Ready {
			path = append(path, ferry.Step{Op: o.op.ID, Took: o.end.Sub(o.start)})
		}
		var before outcome
		for _, id := range o.op.After {
			before = later(before, byID[id])
		}
		o = before
	}
	slices.Reverse(path)
	return path
}

// later returns the one that ended later; the zero outcome ended before all others.
func later(a, b outcome) outcome {
	if b.op.ID != "" && (a.op.ID == "" || b.end.After(a.end)) {
		return b
	}
	return a
}
