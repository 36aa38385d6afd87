package stack

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/engine"
)

var ctx = context.Background()

// A listing counts the nodes, the details of one stack have them.
func TestListingCountsNodes(t *testing.T) {
	s := newWorld(t).boot()
	j := s.done(s.Start(ctx, request("gluster:3+mpi:2")))
	for range 2 { // the second listing does not suffer from what the first left out
		all, err := s.List(ctx, false)
		if err != nil || len(all) != 1 {
			t.Fatalf("%d stacks, %v", len(all), err)
		}
		if v := all[0].Services[0]; v.Count != 4 || v.Nodes != nil {
			t.Errorf("the listing counts %d nodes and shows %d", v.Count, len(v.Nodes))
		}
	}
	d, err := s.Inspect(ctx, j.Stack)
	if err != nil || len(d.Services[0].Nodes) != 4 {
		t.Errorf("the details show %d nodes, %v", len(d.Services[0].Nodes), err)
	}
}

// What is wrong with the file and what a personality finds wrong is reported together.
func TestFaultsOfFileAndPersonality(t *testing.T) {
	s := newWorld(t).boot()
	text := "backend:\n- storage: {personality: gluster, args: {layout: raid}}\n  compute:\n  - {personality: mpi, instances: two}\n"
	_, err := s.Plan(ctx, api.Source{Target: "a.yaml", Text: []byte(text)})
	var faults ferry.Faults
	if !errors.As(err, &faults) || len(faults) != 2 || faults[0].Line != 2 || faults[1].Line != 4 {
		t.Errorf("got %v", err)
	}
}

func TestLifeOfAStack(t *testing.T) {
	w := newWorld(t)
	s := w.boot()
	j := s.done(s.Start(ctx, request("gluster:3+mpi:2")))
	if got := s.status(j.Stack); got != ferry.Running {
		t.Fatalf("after start it is %s", got)
	}
	before, err := s.Inspect(ctx, j.Stack)
	if err != nil {
		t.Fatal(err)
	}
	s.done(s.Stop(ctx, j.Stack))
	if got := s.status(j.Stack); got != ferry.Stopped {
		t.Fatalf("after stop it is %s", got)
	}
	s.done(s.Start(ctx, request(j.Stack)))
	after, err := s.Inspect(ctx, j.Stack)
	if err != nil {
		t.Fatal(err)
	}
	if after.Status != ferry.Running || after.Services[0].Nodes[0].Address != before.Services[0].Nodes[0].Address {
		t.Errorf("resumed as %s with another address", after.Status)
	}
	s.done(s.Stop(ctx, j.Stack))
	s.done(s.Remove(ctx, j.Stack, false))
	if left := w.engine.Left(); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	_, err = s.Inspect(ctx, j.Stack)
	demand(t, err, ferry.NotFound, j.Stack)
}

func TestFailedStartIsUndone(t *testing.T) {
	w := newWorld(t)
	w.engine.Fail = func(call, target string) error {
		if call == "start-node" {
			return errors.New("no space left on device")
		}
		return nil
	}
	s := w.boot()
	j := s.over(s.Start(ctx, request("gluster:3")))
	if j.State != ferry.JobFailed || j.Error == nil {
		t.Fatalf("the job is %s with %v", j.State, j.Error)
	}
	demand(t, j.Error, ferry.Failed, "no space left")
	if left := w.engine.Left(); len(left) > 0 || s.status(j.Stack) != "" {
		t.Errorf("left behind: %v, status %q", left, s.status(j.Stack))
	}
}

func TestRetainKeepsWhatFailedAndStartGoesOn(t *testing.T) {
	w := newWorld(t)
	broken := true
	w.engine.Fail = func(call, target string) error {
		if broken && call == "exec" {
			return errors.New("broken for now")
		}
		return nil
	}
	s := w.boot()
	r := request("gluster:3")
	r.Retain = true
	j := s.over(s.Start(ctx, r))
	if got := s.status(j.Stack); got != ferry.StartFailed || len(w.engine.Left()) == 0 {
		t.Fatalf("retained as %q with %v", got, w.engine.Left())
	}
	broken = false
	s.done(s.Start(ctx, request(j.Stack)))
	if got := s.status(j.Stack); got != ferry.Running {
		t.Errorf("after the second start it is %s", got)
	}
}

func TestCancelUndoesAStart(t *testing.T) {
	w := newWorld(t)
	started := make(chan struct{}, 100)
	w.engine.OnRun = func(ctx context.Context, _ string, _ engine.Exec) (int, error) {
		started <- struct{}{}
		<-ctx.Done()
		return 0, ctx.Err()
	}
	s := w.boot()
	j, err := s.Start(ctx, request("gluster:3"))
	if err != nil {
		t.Fatal(err)
	}
	<-started
	if err := s.Cancel(ctx, j.ID); err != nil {
		t.Fatal(err)
	}
	j = s.over(j, nil)
	if j.State != ferry.JobCancelled || j.Error.Code != ferry.Interrupted {
		t.Errorf("the job is %s: %v", j.State, j.Error)
	}
	if left := w.engine.Left(); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if err := s.Cancel(ctx, j.ID); err != nil {
		t.Errorf("cancelling what is over: %v", err)
	}
}

func TestOneJobPerStack(t *testing.T) {
	w := newWorld(t)
	started, release := make(chan struct{}, 100), make(chan struct{})
	w.engine.OnRun = func(ctx context.Context, _ string, _ engine.Exec) (int, error) {
		started <- struct{}{}
		select {
		case <-release:
		case <-ctx.Done():
		}
		return 0, ctx.Err()
	}
	s := w.boot()
	j, err := s.Start(ctx, request("gluster:3"))
	if err != nil {
		t.Fatal(err)
	}
	<-started
	for name, do := range map[string]func() (ferry.Job, error){
		"start":  func() (ferry.Job, error) { return s.Start(ctx, request(j.Stack)) },
		"stop":   func() (ferry.Job, error) { return s.Stop(ctx, j.Stack) },
		"remove": func() (ferry.Job, error) { return s.Remove(ctx, j.Stack, false) },
		"test":   func() (ferry.Job, error) { return s.Test(ctx, j.Stack) },
	} {
		_, err := do()
		if ferry.CodeOf(err) != ferry.Conflict {
			t.Errorf("%s while starting: %v", name, err)
		}
	}
	s.done(s.Remove(ctx, j.Stack, true))
	if left := w.engine.Left(); len(left) > 0 {
		t.Errorf("removed while starting, left behind: %v", left)
	}
	close(release)
}

func TestRemoveRefusesWhatRuns(t *testing.T) {
	s := newWorld(t).boot()
	j := s.done(s.Start(ctx, request("gluster:1")))
	_, err := s.Remove(ctx, j.Stack, false)
	demand(t, err, ferry.Conflict, "is running")
	s.done(s.Remove(ctx, j.Stack, true))
}

func TestNames(t *testing.T) {
	s := newWorld(t).boot()
	for _, bad := range []string{"Lesson", "sa-1", "openmpi", "ümlaut", "-x", "a b"} {
		r := request("gluster:1")
		r.Name = bad
		if _, err := s.Start(ctx, r); ferry.CodeOf(err) != ferry.Invalid {
			t.Errorf("name %q: %v", bad, err)
		}
	}
	r := request("gluster:1")
	r.Name = "lesson"
	s.done(s.Start(ctx, r))
	_, err := s.Start(ctx, r)
	demand(t, err, ferry.Conflict, "lesson")
	s.done(s.Stop(ctx, "lesson"))
	s.done(s.Start(ctx, request("lesson")))
}

func TestUnknownTarget(t *testing.T) {
	s := newWorld(t).boot()
	_, err := s.Start(ctx, request("openmpy"))
	demand(t, err, ferry.NotFound, "openmpy")
}

func TestTwoStacksShareNothing(t *testing.T) {
	w := newWorld(t)
	s := w.boot()
	first, second := s.done(s.Start(ctx, request("gluster:2+mpi:2"))), s.done(s.Start(ctx, request("gluster:2+mpi:2")))
	a, _ := s.Inspect(ctx, first.Stack)
	b, _ := s.Inspect(ctx, second.Stack)
	if a.Plan.Network.Subnet == b.Plan.Network.Subnet {
		t.Errorf("both have %s", a.Plan.Network.Subnet)
	}
	s.done(s.Remove(ctx, first.Stack, true))
	if got := s.status(second.Stack); got != ferry.Running {
		t.Errorf("the other stack is %s", got)
	}
}

func TestLostVolumeIsNeverReplacedInSilence(t *testing.T) {
	w := newWorld(t)
	s := w.boot()
	j := s.done(s.Start(ctx, request("gluster:1")))
	s.done(s.Stop(ctx, j.Stack))
	d, _ := s.Inspect(ctx, j.Stack)
	n := d.Plan.Nodes[0]
	for _, c := range w.engine.Left() {
		t.Log(c)
	}
	for _, node := range d.Plan.Nodes {
		if err := w.engine.RemoveNode(ctx, node.Container); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.engine.RemoveVolume(ctx, n.VolumeName(n.Volumes[0])); err != nil {
		t.Fatal(err)
	}
	again := s.over(s.Start(ctx, request(j.Stack)))
	demand(t, again.Error, ferry.Failed, "its data is gone")
}

// A user's files in the client outlive its container; a home that is lost keeps
// nothing from coming up.
func TestHomeOutlivesItsContainer(t *testing.T) {
	w := newWorld(t)
	s := w.boot()
	id := s.done(s.Start(ctx, request("gluster:1"))).Stack
	client, notes := "ferry-"+id+"-mpi-client0", "/home/ferry/notes"
	w.engine.PutFile(client, notes, "mine")
	lose := func() {
		s.done(s.Stop(ctx, id))
		if err := w.engine.RemoveNode(ctx, client); err != nil {
			t.Fatal(err)
		}
	}
	lose()
	s.done(s.Start(ctx, request(id)))
	if text, _ := w.engine.File(client, notes); text != "mine" {
		t.Errorf("the file is %q", text)
	}
	lose()
	if err := w.engine.RemoveVolume(ctx, client+"-home"); err != nil {
		t.Fatal(err)
	}
	j := s.done(s.Start(ctx, request(id)))
	said := ""
	if err := s.Follow(ctx, j.ID, 0, func(e ferry.Event) error { said += e.Message; return nil }); err != nil {
		t.Fatal(err)
	}
	if _, there := w.engine.File(client, notes); there || !strings.Contains(said, "mpi-client0:/home/ferry was on a volume that is gone") {
		t.Errorf("said %q", said)
	}
}

func TestLostContainerIsMadeAnew(t *testing.T) {
	w := newWorld(t)
	s := w.boot()
	j := s.done(s.Start(ctx, request("gluster:3")))
	s.done(s.Stop(ctx, j.Stack))
	if err := w.engine.RemoveNode(ctx, "ferry-"+j.Stack+"-gluster1"); err != nil {
		t.Fatal(err)
	}
	s.done(s.Start(ctx, request(j.Stack)))
	if !slices.Contains(w.engine.Left(), "node ferry-"+j.Stack+"-gluster1") {
		t.Errorf("gluster1 is not back: %v", w.engine.Left())
	}
}
