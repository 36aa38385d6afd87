package plan_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/plan"
)

// A ring with a graph and a client grows by nodes that join one after another, and shrinks
// by nodes that leave likewise. Of what stays nothing is started again.
func TestRingChangesGolden(t *testing.T) {
	p := next(t, nil, roomyRing(3))
	q := next(t, &p, roomyRing(5))
	back := next(t, &q, roomyRing(3))
	past := func(p *ferry.Plan) plan.Past { return plan.Past{Plan: p, Formed: formed(p).Formed} }
	half := up(&q)
	half.Nodes = slices.DeleteFunc(half.Nodes, func(n plan.HaveNode) bool { return n.Node == "cassandra4" })
	for name, c := range map[string]struct {
		from plan.Past
		to   *ferry.Plan
		have plan.Have
	}{
		"ring-grows":            {past(&p), &q, up(&p)},
		"ring-grows-while-down": {past(&p), &q, down(&p)},
		"ring-grown-half":       {past(&p), &q, half},
		"ring-shrinks":          {past(&q), &back, up(&q)},
	} {
		t.Run(name, func(t *testing.T) {
			ops := change(t, c.from, plan.Goal{Plan: c.to}, c.have)
			golden(t, "change-"+name+".txt", opsText(ops))
			for _, o := range ops {
				if _, stays := p.Node(o.Node); o.Do == ferry.StopNode && stays {
					t.Errorf("%s: %s", o.ID, o.Why)
				}
			}
		})
	}
}

func roomyRing(n int) plan.Input {
	in := input(ringApp(n))
	in.Host.Memory *= 4
	return in
}

func TestRingShrinksToItsCopies(t *testing.T) {
	p := next(t, nil, roomyRing(4))
	_, err := plan.Next(&p, roomyRing(2))
	if err == nil || !strings.Contains(err.Error(), "the ring keeps 3 copies of each row, which 2 nodes cannot hold") {
		t.Errorf("got %v", err)
	}
}
