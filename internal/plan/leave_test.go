package plan_test

import (
	"strconv"
	"testing"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/personality"
	"github.com/ferry-project/ferry/internal/plan"
)

// elastic is a service that grows and shrinks: its first node and each that leaves see to
// the data, which is laid out by the count that the service had at first.
type elastic struct{ personality.Personality }

func (e elastic) Card() personality.Card {
	c := e.Personality.Card()
	c.Grows, c.Shrinks = true, true
	return c
}

func (e elastic) Describe(r personality.Request) (ferry.Blueprint, error) {
	bp, err := e.Personality.Describe(r)
	bp.Layout = r.Layout
	if bp.Layout == nil {
		bp.Layout = map[string]string{"first": strconv.Itoa(r.Service.Instances)}
	}
	bp.Tasks = append(bp.Tasks,
		ferry.Task{Name: "name", Node: r.Nodes[0].Name, When: ferry.BeforeShrink, Command: []string{"exclude", ferry.Leaving}},
		ferry.Task{Name: "give", Node: ferry.Leaving, When: ferry.BeforeShrink, Command: []string{"give"}})
	return bp, err
}

// gave notes that a node has given up its data, and refuses to lose one that has not.
func (w *world) gave(t *testing.T, o ferry.Op, from, to *ferry.Plan) {
	t.Helper()
	_, stays := to.Node(o.Node)
	_, goesOn := to.Service(o.Service)
	switch {
	case o.Do == ferry.RunTask && o.Name == "give":
		w.given[o.Node] = true
	case o.Do == ferry.CreateNode:
		delete(w.given, o.Node)
	case o.Do == ferry.RemoveNode && from != nil && !stays && goesOn && !w.given[o.Node]:
		if c := w.nodes[containerOf(from, o.Node)]; c != nil && c.state != plan.NeverRan {
			t.Fatalf("%s: it has its data yet", o.ID)
		}
	}
}

// By what data is laid out is said once, and again for each plan that follows.
func TestLayoutIsHandedOn(t *testing.T) {
	first := next(t, nil, roomy(openmpi(3, 2)))
	more := next(t, &first, roomy(openmpi(6, 4)))
	for _, s := range more.Services {
		old, _ := first.Service(s.ID)
		if s.Layout["first"] != strconv.Itoa(old.Spec.Instances) {
			t.Errorf("%s with %d instances first is laid out by %v", s.Spec.Personality, old.Spec.Instances, s.Layout)
		}
	}
	for i := range first.Services {
		first.Services[i].Layout = nil // as an earlier Ferry has left it
	}
	for _, s := range next(t, &first, roomy(openmpi(6, 4))).Services {
		if s.Class != ferry.Storage {
			continue
		}
		if old, _ := first.Service(s.ID); s.Layout["first"] != strconv.Itoa(old.Spec.Instances) {
			t.Errorf("%s of an earlier Ferry is laid out by %v", s.Spec.Personality, s.Layout)
		}
	}
}

// Who leaves gives up its data before anything else changes, also when it is down.
func TestLeaveGolden(t *testing.T) {
	p := next(t, nil, roomy(openmpi(3, 3)))
	q := next(t, &p, roomy(openmpi(3, 1)))
	past := plan.Past{Plan: &p, Formed: formed(&p).Formed}
	one := up(&p)
	for i, n := range one.Nodes {
		if n.Node == "openmpi2" {
			one.Nodes[i].State = plan.Down
		}
	}
	golden(t, "change-two-give-up-their-data.txt", opsText(change(t, past, plan.Goal{Plan: &q}, one)))
}
