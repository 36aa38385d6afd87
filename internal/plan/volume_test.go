package plan_test

import (
	"slices"
	"testing"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/plan"
)

// A volume gains and loses bricks beneath its users, of whom none is started again: they
// look for the new bricks when the volume has them.
func TestVolumeChangesGolden(t *testing.T) {
	app := func(n int) plan.Input {
		in := input(openmpi(n, 2))
		in.Host.Memory *= 4
		return in
	}
	p := next(t, nil, app(3))
	q := next(t, &p, app(6))
	for name, c := range map[string]struct{ from, to *ferry.Plan }{
		"volume-grows": {&p, &q}, "volume-shrinks": {&q, &p},
	} {
		t.Run(name, func(t *testing.T) {
			to := next(t, c.from, app(len(c.to.Services[0].Nodes)-1))
			ops := change(t, plan.Past{Plan: c.from, Formed: formed(c.from).Formed}, plan.Goal{Plan: &to}, up(c.from))
			golden(t, "change-"+name+".txt", opsText(ops))
			stops := func(o ferry.Op) bool {
				_, stays := p.Node(o.Node)
				return o.Do == ferry.StopNode && stays
			}
			if at := slices.IndexFunc(ops, stops); at >= 0 {
				t.Errorf("%s: %s", ops[at].ID, ops[at].Why)
			}
		})
	}
}
