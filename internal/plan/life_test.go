package plan_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/plan"
)

func planned(t *testing.T, bricks, nodes int) ferry.Plan {
	t.Helper()
	p, err := plan.New(input(openmpi(bricks, nodes)))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func change(t *testing.T, from plan.Past, to plan.Goal, have plan.Have) []ferry.Op {
	t.Helper()
	ops, err := plan.Change(from, to, have)
	if err != nil {
		t.Fatal(err)
	}
	return ops
}

// formed is a stack of that plan whose services have all been formed.
func formed(p *ferry.Plan) plan.Past {
	var past plan.Past
	for _, s := range p.Services {
		past.Formed = append(past.Formed, s.ID)
	}
	return past
}

// whole is all of a plan, its nodes in one state.
func whole(p *ferry.Plan, state plan.NodeState) plan.Have {
	have := plan.Have{Networks: []plan.Thing{{Name: p.Network.Name}}}
	for _, n := range p.Nodes {
		have.Nodes = append(have.Nodes, plan.HaveNode{Thing: plan.Thing{Name: n.Container}, Node: n.Name, State: state})
		for _, v := range n.Volumes {
			have.Volumes = append(have.Volumes, plan.Thing{Name: n.VolumeName(v)})
		}
	}
	return have
}

func down(p *ferry.Plan) plan.Have { return whole(p, plan.Down) }

func up(p *ferry.Plan) plan.Have { return whole(p, plan.Up) }

// before reports whether a must be over when b begins.
func before(ops []ferry.Op, a, b string) bool {
	after := map[string][]string{}
	for _, o := range ops {
		after[o.ID] = o.After
	}
	seen := map[string]bool{}
	for todo := after[b]; len(todo) > 0; todo = todo[1:] {
		if todo[0] == a {
			return true
		}
		if !seen[todo[0]] {
			seen[todo[0]] = true
			todo = append(todo, after[todo[0]]...)
		}
	}
	return false
}

func has(ops []ferry.Op, id string) bool {
	return slices.ContainsFunc(ops, func(o ferry.Op) bool { return o.ID == id })
}

func TestStartOrder(t *testing.T) {
	p := planned(t, 3, 2)
	ops := change(t, plan.Past{}, plan.Goal{Plan: &p}, plan.Have{})
	for _, pair := range [][2]string{
		{"image ferry/gluster:1", "create gluster0"},
		{"network", "create control-0"},
		{"volume gluster0/brick", "create gluster0"},
		{"create openmpi0", "start openmpi0"},
		{"task form@gluster0", "ready gluster0"},
		{"ready gluster0", "task start-hooks@control-0"},
		{"probe hello@openmpi0", "task start-hooks@control-0"},
	} {
		if !has(ops, pair[0]) || !has(ops, pair[1]) || !before(ops, pair[0], pair[1]) {
			t.Errorf("%s does not come before %s", pair[0], pair[1])
		}
	}
	if before(ops, "start gluster0", "start openmpi0") {
		t.Error("nodes of a compute wait for nodes of its storage; they must start together")
	}
	if has(ops, "task restart-hooks@control-0") || has(ops, "task stop-hooks@control-0") {
		t.Error("a first start runs tasks of other phases")
	}
}

func TestResumeOnlyStartsWhatIsThere(t *testing.T) {
	p := planned(t, 3, 2)
	ops := change(t, formed(&p), plan.Goal{Plan: &p}, down(&p))
	for _, o := range ops {
		if o.Do == ferry.CreateNode || o.Do == ferry.PutFiles || o.Do == ferry.EnsureImage {
			t.Errorf("%s although everything is there", o.ID)
		}
	}
	if !has(ops, "task restart-hooks@control-0") || !has(ops, "task form@gluster0") || has(ops, "task start-hooks@control-0") {
		t.Error("the tasks of a resume are not those of the phase")
	}
}

func TestResumeMakesALostNodeAnew(t *testing.T) {
	p := planned(t, 3, 2)
	have := down(&p)
	have.Nodes = slices.DeleteFunc(have.Nodes, func(n plan.HaveNode) bool { return n.Node == "openmpi1" })
	ops := change(t, formed(&p), plan.Goal{Plan: &p}, have)
	if !before(ops, "image ferry/openmpi:1", "start openmpi1") || has(ops, "create openmpi0") {
		t.Error("the lost node is not made anew, or another one is")
	}
}

func TestStopGoesDownwards(t *testing.T) {
	p := planned(t, 3, 2)
	ops := change(t, formed(&p), plan.Goal{Plan: &p, Stopped: true}, up(&p))
	for _, pair := range [][2]string{
		{"task stop-hooks@control-0", "stop control-0"},
		{"stop control-0", "stop openmpi0"},
		{"stop openmpi1", "stop gluster0"},
	} {
		if !before(ops, pair[0], pair[1]) {
			t.Errorf("%s does not come before %s", pair[0], pair[1])
		}
	}
	if before(ops, "stop gluster0", "stop gluster1") {
		t.Error("bricks stop one after the other")
	}
}

// A stack that is stuck between two plans comes down whole: what leaves and what came.
func TestStopBetweenTwoPlans(t *testing.T) {
	older := planned(t, 3, 2)
	newer := next(t, &older, input(openmpi(3, 4)))
	without := openmpi(3, 2)
	without.Connectors = nil
	bare := next(t, &older, input(without))
	for name, c := range map[string]struct{ from, to *ferry.Plan }{
		"grows": {&older, &newer}, "shrinks": {&newer, &older}, "loses a service": {&older, &bare}, "gains a service": {&bare, &older},
	} {
		both := up(c.from)
		for _, n := range up(c.to).Nodes {
			if !slices.ContainsFunc(both.Nodes, func(h plan.HaveNode) bool { return h.Node == n.Node }) {
				both.Nodes = append(both.Nodes, n)
			}
		}
		past := plan.Past{Plan: c.from, Formed: formed(c.from).Formed}
		ops := change(t, past, plan.Goal{Plan: c.to, Stopped: true}, both)
		for _, n := range both.Nodes {
			if !has(ops, "stop "+n.Node) {
				t.Errorf("%s: %s is left running", name, n.Node)
			}
			if !strings.HasPrefix(n.Node, "gluster") && before(ops, "stop gluster0", "stop "+n.Node) {
				t.Errorf("%s: %s stops after its storage", name, n.Node)
			}
		}
	}
}

func TestStopLeavesOutWhatIsDown(t *testing.T) {
	p := planned(t, 3, 2)
	have := down(&p)
	for i, n := range have.Nodes {
		if n.Node == "gluster1" || n.Node == "openmpi0" {
			have.Nodes[i].State = plan.Up
		}
	}
	ops := change(t, formed(&p), plan.Goal{Plan: &p, Stopped: true}, have)
	if len(ops) != 2 || !before(ops, "stop openmpi0", "stop gluster1") {
		t.Errorf("got %v", ops)
	}
}

func TestRemoveTakesNodesFirst(t *testing.T) {
	thing := func(name string) plan.Thing { return plan.Thing{Name: name} }
	ops := change(t, plan.Past{}, plan.Goal{}, plan.Have{
		Nodes:   []plan.HaveNode{{Thing: thing("a")}, {Thing: thing("b")}},
		Volumes: []plan.Thing{thing("v")}, Networks: []plan.Thing{thing("n")},
	})
	for _, last := range []string{"remove-volume v", "remove-network n"} {
		for _, first := range []string{"remove a", "remove b"} {
			if !before(ops, first, last) {
				t.Errorf("%s does not come before %s", first, last)
			}
		}
	}
}
