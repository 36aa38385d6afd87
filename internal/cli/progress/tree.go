package progress

import (
	"slices"
	"time"

	"github.com/ferry-project/ferry"
)

// tree is what is known of the job: services, their nodes, and what each does.
type tree struct {
	groups []*group
	ops    []ferry.Op // of the plan; what is not in done still waits
	begun  map[string]bool
	done   map[string]bool
	total  int
	start  time.Time
	where  func(ferry.Event) ferry.Event
	output string // the latest line of a build or a test
	until  map[string]string
	wordy  bool
}

// group is a service; the first group is the stack's own: images and network.
type group struct {
	id, name string
	nodes    []*item
	ready    bool
}

// item is a node, or an operation of the stack as a whole.
type item struct {
	name    string
	state   string
	since   time.Time // of the state
	failed  bool
	ended   bool // stopped or removed: nothing comes after
	running []*activity
}

// activity is an operation under way.
type activity struct {
	op, name, answer string
	since            time.Time
}

func newTree(o Options) *tree {
	t := &tree{begun: map[string]bool{}, done: map[string]bool{}, start: o.Job.Start, where: located(o.Plan), wordy: o.Verbose}
	t.groups = []*group{{}}
	names := serviceNames(o.Plan)
	for _, s := range o.Plan.Services {
		g := &group{id: s.ID, name: names[s.ID]}
		for _, n := range s.Nodes {
			g.nodes = append(g.nodes, &item{name: n})
		}
		t.groups = append(t.groups, g)
	}
	return t
}

// take brings the tree up to date.
func (t *tree) take(e ferry.Event) {
	e = t.where(e)
	switch e.Kind {
	case ferry.JobStarted:
		t.begin(e)
	case ferry.Output:
		t.output = e.Message
	case ferry.OpStarted:
		t.begun[e.Op] = true
		i := t.item(e)
		i.running = append(i.running, &activity{op: e.Op, name: activityName(e), since: e.Time})
	case ferry.OpWaiting:
		if a := t.item(e).activity(e.Op); a != nil {
			t.explain(a, e)
		}
	case ferry.OpDone:
		t.finish(e)
	case ferry.OpFailed:
		t.fail(e)
	case ferry.NodeDied:
		i := t.item(e)
		i.failed, i.since = true, e.Time
		_, i.state = Sentence(e)
	}
}

// explain says what an activity waits for, in words where there are any.
func (t *tree) explain(a *activity, e ferry.Event) {
	if what := t.until[e.Op]; what != "" && !t.wordy {
		a.name, a.answer = "waits until "+what, ""
		return
	}
	a.answer = e.Message
}

// begin takes the announcement of work. The work that undoes a start comes on
// top of it; any other that is announced again is that of the next server,
// which does all of it again.
func (t *tree) begin(e ferry.Event) {
	switch {
	case e.Message != "":
		t.ops = nil // nothing waits any more
	case t.total > 0:
		t.again()
		t.ops = e.Ops
	default:
		t.ops = e.Ops
	}
	t.until = awaited(e.Ops)
	t.total = len(t.done) + e.Total
	if t.start.IsZero() {
		t.start = e.Time
	}
}

// again forgets what the server before has done of the job.
func (t *tree) again() {
	clear(t.begun)
	clear(t.done)
	for _, g := range t.groups {
		for _, i := range g.nodes {
			i.running = nil
		}
	}
}

func (t *tree) finish(e ferry.Event) {
	t.done[e.Op] = true
	g, i := t.group(e.Service), t.item(e)
	i.end(e.Op)
	i.since = e.Time
	if e.Do == ferry.Ready {
		g.ready = true
		return
	}
	if s := state(e); s != "" {
		i.state = s
	}
	i.ended = e.Do == ferry.StopNode || e.Do == ferry.RemoveNode
	i.failed = i.failed && !i.ended && e.Do != ferry.StartNode
	g.ready = g.ready && !i.ended
	if e.Node == "" {
		g.drop(i)
		t.output = ""
	}
}

func (t *tree) fail(e ferry.Event) {
	t.done[e.Op] = true
	i := t.item(e)
	i.end(e.Op)
	i.since = e.Time
	i.failed = true
	i.state = reason(e)
}

// group finds a service, or begins one that is in no plan.
func (t *tree) group(service string) *group {
	for _, g := range t.groups {
		if g.id == service {
			return g
		}
	}
	g := &group{id: service, name: service}
	t.groups = append(t.groups, g)
	return g
}

// item finds what the event is about, or begins it.
func (t *tree) item(e ferry.Event) *item {
	g, name := t.group(e.Service), orElse(e.Node, e.Op)
	if e.Do == ferry.Ready {
		return &item{}
	}
	for _, i := range g.nodes {
		if i.name == name {
			return i
		}
	}
	i := &item{name: name}
	g.nodes = append(g.nodes, i)
	return i
}

func (g *group) drop(i *item) {
	g.nodes = slices.DeleteFunc(g.nodes, func(o *item) bool { return o == i })
}

func (i *item) activity(op string) *activity {
	for _, a := range i.running {
		if a.op == op {
			return a
		}
	}
	return nil
}

func (i *item) end(op string) {
	i.running = slices.DeleteFunc(i.running, func(a *activity) bool { return a.op == op })
}

// awaited is the first unfinished operation that keeps the node's next one from
// beginning, or "".
func (t *tree) awaited(node string) string {
	for _, op := range t.ops {
		if op.Node != node || t.begun[op.ID] || t.done[op.ID] {
			continue
		}
		for _, before := range op.After {
			if !t.done[before] {
				return before
			}
		}
		return ""
	}
	return ""
}

// activityName is "create", "form-volume" and so on; the verb alone says enough
// where the node stands beside it, and nothing is to be said where the operation does.
func activityName(e ferry.Event) string {
	if e.Node == "" {
		return ""
	}
	switch e.Do {
	case ferry.RunTask, ferry.AwaitProbe, ferry.CreateVolume:
		return opName(e)
	case ferry.PutFiles:
		return "configure"
	}
	return string(e.Do)
}
