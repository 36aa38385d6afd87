package stack

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
)

func count(n int) api.Change { return api.Change{Instances: map[string]int{"mpi": n}} }

// nodesOf are the names of a stack's nodes that run.
func (s *server) nodesOf(stack string) []string {
	s.t.Helper()
	d, err := s.Inspect(ctx, stack)
	if err != nil {
		s.t.Fatal(err)
	}
	var names []string
	for _, v := range d.Services {
		for _, n := range v.Nodes {
			names = append(names, n.Name)
			if n.State != "running" {
				s.t.Errorf("%s is %s", n.Name, n.State)
			}
		}
	}
	slices.Sort(names)
	return names
}

func TestScale(t *testing.T) {
	w := newWorld(t)
	s := w.boot()
	id := s.done(s.Start(ctx, request("gluster:1+mpi:2"))).Stack
	before, _ := s.Inspect(ctx, id)
	w.engine.Fail = func(call, target string) error {
		if (call == "stop-node" || call == "remove-node") && !strings.HasSuffix(target, "openmpi1") && !strings.HasSuffix(target, "openmpi2") {
			t.Errorf("%s %s: it was not to be touched", call, target)
		}
		return nil
	}
	s.done(s.Apply(ctx, id, count(3)))
	if got := s.nodesOf(id); !slices.Equal(got, []string{"gluster0", "mount0", "mpi-client0", "openmpi0", "openmpi1", "openmpi2"}) {
		t.Errorf("after 3: %v", got)
	}
	hosts, _ := w.engine.File("ferry-"+id+"-gluster0", "/etc/ferry/hosts")
	if !strings.Contains(hosts, "openmpi2") {
		t.Errorf("the others do not know the new node: %q", hosts)
	}
	s.done(s.Apply(ctx, id, count(1)))
	if got := s.nodesOf(id); !slices.Equal(got, []string{"gluster0", "mount0", "mpi-client0", "openmpi0"}) {
		t.Errorf("after 1: %v", got)
	}
	after, _ := s.Inspect(ctx, id)
	if before.Plan.Nodes[0].Address != after.Plan.Nodes[0].Address || before.Plan.Network != after.Plan.Network {
		t.Error("what stays has moved")
	}
	d, err := s.Diff(ctx, id, count(1))
	if err != nil || !d.Same || len(d.Ops) > 0 {
		t.Errorf("a diff to what is there: %+v, %v", d, err)
	}
}

// A change that fails is taken back: the stack is what it was.
func TestChangeThatFails(t *testing.T) {
	w := newWorld(t)
	s := w.boot()
	id := s.done(s.Start(ctx, request("gluster:1+mpi:1"))).Stack
	before := w.engine.Left()
	w.engine.Fail = func(call, target string) error {
		if call == "start-node" && strings.HasSuffix(target, "openmpi2") {
			return errors.New("it cannot start")
		}
		return nil
	}
	j := s.over(s.Apply(ctx, id, count(3)))
	if j.State != ferry.JobFailed || !strings.Contains(j.Error.Message, "it cannot start") {
		t.Errorf("the job is %s: %v", j.State, j.Error)
	}
	if got := s.nodesOf(id); len(got) != 4 || s.status(id) != ferry.Running {
		t.Errorf("it is %s with %v", s.status(id), got)
	}
	ofPlan := func(thing string) bool { return strings.Contains(thing, "-plan-") }
	if left := slices.DeleteFunc(w.engine.Left(), ofPlan); !slices.Equal(left, before) {
		t.Errorf("the engine holds %v, before %v", left, before)
	}
}

// A stopped stack notes what is wanted, and its next start brings it about.
func TestChangeOfAStoppedStack(t *testing.T) {
	w := newWorld(t)
	s := w.boot()
	id := s.done(s.Start(ctx, request("gluster:1+mpi:1"))).Stack
	s.done(s.Stop(ctx, id))
	s.done(s.Apply(ctx, id, count(2)))
	if got := s.status(id); got != ferry.Stopped {
		t.Errorf("it is %s", got)
	}
	s.done(s.Start(ctx, request(id)))
	if got := s.nodesOf(id); len(got) != 5 {
		t.Errorf("it has %v", got)
	}
}

func TestChangesThatCannotBe(t *testing.T) {
	w := newWorld(t)
	s := w.boot()
	id := s.done(s.Start(ctx, request("gluster:2+mpi:1"))).Stack
	apply := func(counts map[string]int) error { return errOf(s.Apply(ctx, id, api.Change{Instances: counts})) }
	for name, c := range map[string]struct {
		err  error
		says string
	}{
		"a brick more":    {apply(map[string]int{"gluster": 4}), "which 4 bricks cannot be (3 or 6 can)"},
		"nobody":          {apply(map[string]int{"hdfs": 3}), `no service "hdfs"`},
		"none":            {apply(map[string]int{"mpi": 0}), "cannot have 0 instances"},
		"too much memory": {apply(map[string]int{"mpi": 500}), "of memory"},
		"no stack":        {errOf(s.Apply(ctx, "nobody", count(1))), "nobody"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", name, c.err, c.says)
		}
	}
	if got := s.nodesOf(id); len(got) != 5 {
		t.Errorf("it has %v", got)
	}
}

// A server that is killed at any instant of a change is followed by one that finishes it.
func TestKilledInAChange(t *testing.T) {
	for from, to := range map[int]int{1: 2, 3: 1} {
		for n, killed := 1, true; killed; n++ {
			t.Run(fmt.Sprint(from, " to ", to, " call ", n), func(t *testing.T) {
				w := newWorld(t)
				s := w.boot()
				id := s.done(s.Start(ctx, request(fmt.Sprint("gluster:1+mpi:", from)))).Stack
				s.close()
				s, j, was := killedDuring(w, n, func(s *server) (ferry.Job, error) { return s.Apply(ctx, id, count(to)) })
				killed = was
				got := s.nodesOf(id)
				switch {
				case j.State == ferry.JobDone && len(got) == 3+to:
				case j.State == ferry.JobCancelled && len(got) == 3+from: // before it had begun
				default:
					t.Errorf("the job is %s (%v), the stack has %v", j.State, j.Error, got)
				}
				if s.status(id) != ferry.Running {
					t.Errorf("it is %s", s.status(id))
				}
			})
		}
	}
}

// A stack whose record is lost after a change is adopted as it is, not as it began.
func TestAdoptAfterAChange(t *testing.T) {
	w := newWorld(t)
	s := w.boot()
	id := s.done(s.Start(ctx, request("gluster:1+mpi:1"))).Stack
	s.done(s.Apply(ctx, id, count(2)))
	s.done(s.Apply(ctx, id, count(3)))
	if err := s.records.Delete(ctx, id); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Adopt(ctx); err != nil {
		t.Fatal(err)
	}
	if got := s.nodesOf(id); len(got) != 6 {
		t.Errorf("it is adopted with %v", got)
	}
	s.done(s.Remove(ctx, id, true))
	if left := w.engine.Left(); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// A stack that is stuck between two plans comes down whole: new nodes that run too.
func TestStopBetweenTwoPlans(t *testing.T) {
	w := newWorld(t)
	s := w.boot()
	id := s.done(s.Start(ctx, request("gluster:1+mpi:2"))).Stack
	w.engine.Fail = func(call, target string) error {
		if call == "create-volume" && strings.Contains(target, "-plan-") {
			return errors.New("the new plan cannot be kept")
		}
		return nil
	}
	s.over(s.Apply(ctx, id, count(4)))
	w.engine.Fail = nil
	rec, err := s.records.Find(ctx, id)
	if err != nil || rec.Next == nil || !w.up(s, id)["openmpi3"] {
		t.Fatalf("it is not between two plans: next %v, it runs %v, %v", rec.Next != nil, w.up(s, id), err)
	}
	s.done(s.Stop(ctx, id))
	if left := w.up(s, id); len(left) > 0 || s.status(id) != ferry.Stopped {
		t.Errorf("it is %s, and %v run", s.status(id), left)
	}
	s.done(s.Start(ctx, request(id)))
	if got := s.nodesOf(id); len(got) != 7 {
		t.Errorf("after a start it has %v", got)
	}
}

// up are the nodes of a stack that run, whatever its plan says.
func (w *world) up(s *server, stack string) map[string]bool {
	w.t.Helper()
	have, err := s.Have(ctx, stack)
	if err != nil {
		w.t.Fatal(err)
	}
	up := map[string]bool{}
	for _, name := range have.Up() {
		up[name] = true
	}
	return up
}
