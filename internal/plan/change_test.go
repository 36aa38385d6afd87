package plan_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/plan"
)

// opsText is a change for a golden file: what, why, after what.
func opsText(ops []ferry.Op) string {
	var b strings.Builder
	for _, o := range ops {
		fmt.Fprintf(&b, "%s\n    %s\n", o.ID, o.Why)
		if len(o.After) > 0 {
			fmt.Fprintf(&b, "    after %s\n", strings.Join(o.After, ", "))
		}
	}
	return b.String()
}

func TestChangeGolden(t *testing.T) {
	from := planned(t, 3, 2)
	grown, shrunk := openmpi(3, 3), openmpi(3, 1)
	bigger := openmpi(3, 2)
	bigger.Backends[0].Compute[0].Resources.Memory = 1 << 30
	ring := next(t, nil, input(ringApp(3)))
	tuned := ringApp(3)
	tuned.Backends[0].Storage.Config = map[string]map[string]string{"cassandra": {"concurrent_reads": "16"}}
	tunedRing := next(t, &ring, input(tuned))
	slots := openmpi(3, 2)
	slots.Backends[0].Compute[0].Args = map[string]string{"slots": "3"}
	twoClients := openmpi(3, 2)
	twoClients.Connectors = append(twoClients.Connectors, ferry.Service{Path: "connectors[1]", Personality: "mpi-client", Name: "desk", Instances: 1})
	in := input(openmpi(3, 2))
	in.Images["openmpi"] = "ferry/openmpi:2"
	newer := next(t, &from, in)
	to := func(a ferry.Application) *ferry.Plan { p := next(t, &from, input(a)); return &p }
	past := formed(&from)
	changed := plan.Past{Plan: &from, Formed: past.Formed}
	lost := up(&from)
	lost.Nodes = slices.DeleteFunc(lost.Nodes, func(n plan.HaveNode) bool { return n.Node == "openmpi1" })
	half := down(&from)
	half.Nodes[0].State = plan.NeverRan
	cases := map[string]struct {
		from plan.Past
		to   plan.Goal
		have plan.Have
	}{
		"nothing-changes":  {changed, plan.Goal{Plan: &from}, up(&from)},
		"a-node-more":      {changed, plan.Goal{Plan: to(grown)}, up(&from)},
		"a-node-less":      {changed, plan.Goal{Plan: to(shrunk)}, up(&from)},
		"more-memory":      {changed, plan.Goal{Plan: to(bigger)}, up(&from)},
		"live-files":       {changed, plan.Goal{Plan: to(slots)}, up(&from)},
		"other-files":      {plan.Past{Plan: &ring, Formed: formed(&ring).Formed}, plan.Goal{Plan: &tunedRing}, up(&ring)},
		"a-client-more":    {changed, plan.Goal{Plan: to(twoClients)}, up(&from)},
		"a-newer-image":    {changed, plan.Goal{Plan: &newer}, up(&from)},
		"grown-while-down": {changed, plan.Goal{Plan: to(grown)}, down(&from)},
		"resume":           {past, plan.Goal{Plan: &from}, down(&from)},
		"repair":           {past, plan.Goal{Plan: &from}, lost},
		"killed-half-way":  {plan.Past{}, plan.Goal{Plan: &from}, half},
		"stop":             {past, plan.Goal{Plan: &from, Stopped: true}, up(&from)},
		"remove":           {past, plan.Goal{}, up(&from)},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			golden(t, "change-"+name+".txt", opsText(change(t, c.from, c.to, c.have)))
		})
	}
}

// world is an engine as far as Change knows one: every node remembers the plan it was
// made by and the plan its files are of.
type world struct {
	network bool
	volumes map[string]bool
	nodes   map[string]*container // by the engine's name
	starts  int
	given   map[string]bool // nodes that have given up their data
}

type container struct {
	node        string
	state       plan.NodeState
	made, files *ferry.Plan
	address     int            // how many starts there were before its own
	knows       map[string]int // the addresses it was told
}

func (w *world) have() plan.Have {
	var h plan.Have
	if w.network {
		h.Networks = []plan.Thing{{Name: "ferry-sa-00000000"}}
	}
	for _, v := range slices.Sorted(maps.Keys(w.volumes)) {
		h.Volumes = append(h.Volumes, plan.Thing{Name: v})
	}
	for _, name := range slices.Sorted(maps.Keys(w.nodes)) {
		c := w.nodes[name]
		h.Nodes = append(h.Nodes, plan.HaveNode{Thing: plan.Thing{Name: name}, Node: c.node, State: c.state})
	}
	return h
}

// do is one operation, which may be one that was done before.
func (w *world) do(t *testing.T, o ferry.Op, from, to *ferry.Plan) {
	t.Helper()
	n, ok := to.Node(o.Node)
	if !ok && from != nil {
		n, _ = from.Node(o.Node)
	}
	c := w.nodes[n.Container]
	w.gave(t, o, from, to)
	switch o.Do {
	case ferry.CreateNetwork:
		w.network = true
	case ferry.RemoveNetwork:
		w.network = false
	case ferry.CreateVolume:
		v, _ := n.Volume(o.Name)
		w.volumes[n.VolumeName(v)] = true
	case ferry.RemoveVolume:
		delete(w.volumes, o.Name)
		delete(w.volumes, n.VolumeName(ferry.Volume{Name: o.Name}))
	case ferry.CreateNode:
		w.create(t, n, to)
	case ferry.PutFiles:
		c.files = to
	case ferry.Refresh:
		if c.state != plan.Up {
			t.Fatalf("%s: it does not run", o.ID)
		}
		c.files = to
	case ferry.StartNode:
		if c == nil || c.files == nil {
			t.Fatalf("%s: it has no files", o.ID)
		}
		if c.state != plan.Up {
			w.starts++
			c.address = w.starts
		}
		c.state = plan.Up
	case ferry.WriteHosts:
		w.tells()
	case ferry.StopNode:
		c.state = plan.Down
	case ferry.RemoveNode:
		delete(w.nodes, o.Name)
		delete(w.nodes, n.Container)
	case ferry.RunTask, ferry.AwaitProbe:
		if c == nil || c.state != plan.Up {
			t.Fatalf("%s: %s does not run", o.ID, o.Node)
		}
		if to.Network.Assigned && !o.Optional && c.knows[c.node] != c.address {
			t.Fatalf("%s: %s was not told of this start", o.ID, o.Node)
		}
	}
}

func (w *world) create(t *testing.T, n ferry.Node, to *ferry.Plan) {
	t.Helper()
	if !w.network {
		t.Fatalf("create %s without a network", n.Name)
	}
	for _, v := range n.Volumes {
		if !w.volumes[n.VolumeName(v)] {
			t.Fatalf("create %s without its volume %s", n.Name, v.Name)
		}
	}
	w.nodes[n.Container] = &container{node: n.Name, made: to, files: to, state: plan.NeverRan}
}

func containerOf(p *ferry.Plan, node string) string {
	n, _ := p.Node(node)
	return n.Container
}

// walk does operations in an order that their edges allow, at most that many.
func (w *world) walk(t *testing.T, random *rand.Rand, ops []ferry.Op, from, to *ferry.Plan, most int) (whole bool) {
	t.Helper()
	done := map[string]bool{}
	for ; len(done) < len(ops) && most > 0; most-- {
		var able []ferry.Op
		for _, o := range ops {
			open := func(id string) bool { return !done[id] }
			if !done[o.ID] && !slices.ContainsFunc(o.After, open) {
				able = append(able, o)
			}
		}
		if len(able) == 0 {
			t.Fatalf("a circle in\n%s", opsText(ops))
		}
		o := able[random.IntN(len(able))]
		w.do(t, o, from, to)
		if o.Do == ferry.CreateNode && most == 1 { // killed between the container and its files
			w.nodes[containerOf(to, o.Node)].files = nil
			return false
		}
		done[o.ID] = true
	}
	return len(done) == len(ops)
}

// Whatever a change begins with, and however often it is cut off and derived again from
// what is there by then, it ends at what is wanted.
func TestChangeConverges(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for round := range 300 {
		backends := 1 + random.IntN(2)
		first := roomy(someApplication(random, backends))
		first.Host.Assigns = round%2 == 1
		p := next(t, nil, first)
		w := &world{volumes: map[string]bool{}, nodes: map[string]*container{}, given: map[string]bool{}}
		converge(t, w, random, plan.Past{}, plan.Goal{Plan: &p})
		data := maps.Clone(w.volumes)
		past := plan.Past{Plan: &p, Formed: formed(&p).Formed}
		in := roomy(someApplication(random, backends))
		in.Host.Assigns = first.Host.Assigns
		if round%3 == 0 {
			in.Images["gluster"] = "ferry/gluster:2"
		}
		q := next(t, &p, in)
		disturb(w, random)
		converge(t, w, random, past, plan.Goal{Plan: &q})
		compareWorld(t, w, &q)
		for _, n := range q.Nodes {
			for _, v := range n.Volumes {
				if _, stays := p.Node(n.Name); stays && !data[n.VolumeName(v)] && !v.Scratch {
					t.Errorf("%s of %s was never made", v.Name, n.Name)
				}
			}
		}
		converge(t, w, random, formed(&q), plan.Goal{Plan: &q, Stopped: true})
		converge(t, w, random, formed(&q), plan.Goal{})
		if len(w.nodes)+len(w.volumes) > 0 || w.network {
			t.Fatalf("left: %v", w.have())
		}
	}
}

// roomy is the input for a host on which everything fits beside what is there, and with
// services that all grow and shrink.
func roomy(a ferry.Application) plan.Input {
	in := input(a)
	in.Host.Memory *= 4
	for i, p := range in.Catalogue {
		in.Catalogue[i] = elastic{p}
	}
	return in
}

func converge(t *testing.T, w *world, random *rand.Rand, from plan.Past, to plan.Goal) {
	t.Helper()
	p := to.Plan
	if p == nil {
		p = &ferry.Plan{}
	}
	for range 50 {
		ops := change(t, from, to, w.have())
		if w.walk(t, random, ops, from.Plan, p, random.IntN(60)) {
			return
		}
	}
	ops := change(t, from, to, w.have())
	w.walk(t, random, ops, from.Plan, p, len(ops))
}

// disturb does what happens behind Ferry's back: nodes die, containers vanish.
func disturb(w *world, random *rand.Rand) {
	for _, name := range slices.Sorted(maps.Keys(w.nodes)) {
		switch random.IntN(5) {
		case 0:
			w.nodes[name].state = plan.Down
		case 1:
			delete(w.nodes, name)
		}
	}
}

func compareWorld(t *testing.T, w *world, p *ferry.Plan) {
	t.Helper()
	if p.Network.Assigned {
		for _, c := range w.nodes {
			for _, other := range w.nodes {
				if c.knows[other.node] != other.address {
					t.Errorf("%s does not know the address of %s", c.node, other.node)
				}
			}
		}
	}
	if len(w.nodes) != len(p.Nodes) {
		t.Errorf("%d containers for %d nodes", len(w.nodes), len(p.Nodes))
	}
	for _, n := range p.Nodes {
		c := w.nodes[n.Container]
		if c == nil || c.state != plan.Up {
			t.Fatalf("%s does not run", n.Name)
		}
		if old, ok := c.files.Node(n.Name); c.files != p && (!ok || lacksFile(old, n)) {
			t.Errorf("%s has the files of another plan", n.Name)
		}
		s, _ := p.Service(n.Service)
		sameEnv := func(old ferry.Node) bool { return s.Class == ferry.Connector || maps.Equal(old.Env, n.Env) }
		if old, _ := c.made.Node(n.Name); c.made != p && (old.Ref != n.Ref || old.Address != n.Address || !sameEnv(old)) {
			t.Errorf("%s is made as another plan has it", n.Name)
		}
	}
	want := map[string]bool{}
	for _, n := range p.Nodes {
		for _, v := range n.Volumes {
			want[n.VolumeName(v)] = true
		}
	}
	if !maps.Equal(want, w.volumes) {
		t.Errorf("volumes %v, want %v", w.volumes, want)
	}
}
