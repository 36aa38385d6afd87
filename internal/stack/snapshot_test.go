package stack

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/engine"
)

// note is a file on the volume of the first brick.
const note = "/service/brick/note"

func brickOf(stack string) string { return "ferry-" + stack + "-gluster0" }

func (s *server) write(w *world, stack, text string) {
	s.t.Helper()
	if !w.engine.PutFile(brickOf(stack), note, text) {
		s.t.Fatalf("%s takes no file", brickOf(stack))
	}
}

func (w *world) reads(stack string) string {
	text, _ := w.engine.File(brickOf(stack), note)
	return text
}

// saved has a stack with one file, and a snapshot of it.
func (w *world) saved(s *server) (stack, snapshot string) {
	w.t.Helper()
	stack = s.done(s.Start(ctx, request("gluster:2+mpi:1"))).Stack
	s.write(w, stack, "one")
	j, err := s.Snapshot(ctx, stack, api.SnapshotRequest{Name: "first"})
	snapshot = j.Snapshot
	s.done(j, err)
	return stack, snapshot
}

// What an engine cannot do is said before anything is made.
func TestSnapshotNeedsAnEngineThatCan(t *testing.T) {
	w := newWorld(t)
	s := w.boot()
	stack := s.done(s.Start(ctx, request("gluster:2+mpi:1"))).Stack
	w.engine.Facts.Features.Freeze, w.engine.Facts.Features.Commit = false, false
	_, err := s.Snapshot(ctx, stack, api.SnapshotRequest{Name: "first"})
	demand(t, err, ferry.Invalid, "a running stack cannot be saved")
	s.done(s.Stop(ctx, stack))
	s.done(s.Snapshot(ctx, stack, api.SnapshotRequest{Name: "first"}))
	w.engine.Facts.Features.Copy = false
	_, err = s.Snapshot(ctx, stack, api.SnapshotRequest{Name: "second"})
	demand(t, err, ferry.Invalid, "cannot copy volumes")
	if all, err := s.Snapshots(ctx); err != nil || len(all) != 1 {
		t.Errorf("snapshots %+v, %v", all, err)
	}
}

func TestSnapshotHoldsWhatWasThere(t *testing.T) {
	w := newWorld(t)
	s := w.boot()
	stack, snapshot := w.saved(s)
	s.write(w, stack, "two")
	all, err := s.Snapshots(ctx)
	if err != nil || len(all) != 1 || all[0].ID != snapshot || all[0].Bytes() == 0 || all[0].Still == 0 {
		t.Fatalf("snapshots %+v, %v", all, err)
	}
	copied := s.done(s.Start(ctx, request("first"))).Stack
	if got := w.reads(copied); got != "one" {
		t.Errorf("the new stack holds %q", got)
	}
	s.write(w, copied, "three")
	if got := w.reads(stack); got != "two" {
		t.Errorf("a write to the new stack made the old one's %q", got)
	}
	old, _ := s.Inspect(ctx, stack)
	young, _ := s.Inspect(ctx, copied)
	if old.Plan.Lineage != young.Plan.Lineage || old.Plan.Network.Subnet == young.Plan.Network.Subnet || old.Plan.Services[0].ID != young.Plan.Services[0].ID {
		t.Errorf("lineage %s and %s, network %s and %s", old.Plan.Lineage, young.Plan.Lineage, old.Plan.Network.Subnet, young.Plan.Network.Subnet)
	}
	if err := s.RemoveSnapshot(ctx, "first"); ferry.CodeOf(err) != ferry.Conflict || !strings.Contains(err.Error(), copied) {
		t.Errorf("a snapshot that %s needs was removed: %v", copied, err)
	}
	s.done(s.Remove(ctx, copied, true))
	if err := s.RemoveSnapshot(ctx, "first"); err != nil {
		t.Error(err)
	}
	s.done(s.Remove(ctx, stack, true))
	if left := w.engine.Left(); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestRevert(t *testing.T) {
	for _, discard := range []bool{true, false} {
		t.Run(fmt.Sprint("discard ", discard), func(t *testing.T) {
			w := newWorld(t)
			s := w.boot()
			stack, snapshot := w.saved(s)
			before, _ := s.Inspect(ctx, stack)
			s.write(w, stack, "two")
			s.done(s.Revert(ctx, stack, api.RevertRequest{Snapshot: snapshot, Discard: discard}))
			if got := w.reads(stack); got != "one" {
				t.Errorf("it holds %q", got)
			}
			after, _ := s.Inspect(ctx, stack)
			if before.Plan.Network != after.Plan.Network || before.Plan.Nodes[0].Address != after.Plan.Nodes[0].Address {
				t.Errorf("its network or its addresses moved")
			}
			all, _ := s.Snapshots(ctx)
			if want := map[bool]int{true: 1, false: 2}[discard]; len(all) != want {
				t.Fatalf("%d snapshots, want %d", len(all), want)
			}
			if !discard {
				copied := s.done(s.Start(ctx, request(all[1].ID))).Stack
				if got := w.reads(copied); got != "two" {
					t.Errorf("what it held was saved as %q", got)
				}
			}
		})
	}
}

func TestSnapshotOfAStoppedStack(t *testing.T) {
	w := newWorld(t)
	s := w.boot()
	stack := s.done(s.Start(ctx, request("gluster:1"))).Stack
	s.write(w, stack, "one")
	s.done(s.Stop(ctx, stack))
	s.done(s.Snapshot(ctx, stack, api.SnapshotRequest{}))
	if n := w.engine.Count("freeze"); n > 0 {
		t.Errorf("nodes that do not run were frozen")
	}
	all, _ := s.Snapshots(ctx)
	if len(all) != 1 || all[0].Still != 0 {
		t.Errorf("snapshots %+v", all)
	}
}

func TestSnapshotsThatCannotBe(t *testing.T) {
	w := newWorld(t)
	s := w.boot()
	stack, snapshot := w.saved(s)
	other := s.done(s.Start(ctx, request("gluster:1"))).Stack
	w.engine.Kill(brickOf(other))
	cases := map[string]struct {
		err  error
		code ferry.Code
		says string
	}{
		"a name that is taken": {errOf(s.Snapshot(ctx, stack, api.SnapshotRequest{Name: "first"})), ferry.Conflict, "the name first is taken by snapshot " + snapshot},
		"a dead node":          {errOf(s.Snapshot(ctx, other, api.SnapshotRequest{})), ferry.Conflict, "cannot be saved: gluster0 is exited"},
		"no such stack":        {errOf(s.Snapshot(ctx, "nobody", api.SnapshotRequest{})), ferry.NotFound, "nobody"},
		"no such snapshot":     {errOf(s.Revert(ctx, stack, api.RevertRequest{Snapshot: "sn-none"})), ferry.NotFound, `no snapshot "sn-none"`},
		"another's snapshot":   {errOf(s.Revert(ctx, other, api.RevertRequest{Snapshot: snapshot, Discard: true})), ferry.Invalid, "is a snapshot of " + stack},
		"a bad name":           {errOf(s.Snapshot(ctx, stack, api.SnapshotRequest{Name: "a b"})), ferry.Invalid, "a b"},
		"remove one not there": {s.RemoveSnapshot(ctx, "sn-none"), ferry.NotFound, "sn-none"},
		"start one not there":  {errOf(s.Start(ctx, request("sn-none"))), ferry.NotFound, "sn-none"},
	}
	for name, c := range cases {
		if ferry.CodeOf(c.err) != c.code || !strings.Contains(c.err.Error(), c.says) {
			t.Errorf("%s: got %v, want %s with %q", name, c.err, c.code, c.says)
		}
	}
	all, _ := s.Snapshots(ctx)
	if len(all) != 1 {
		t.Errorf("%d snapshots after what cannot be", len(all))
	}
}

func errOf[T any](_ T, err error) error { return err }

// What was changed behind Ferry's back is no snapshot any more.
func TestTouchedSnapshot(t *testing.T) {
	w := newWorld(t)
	s := w.boot()
	_, snapshot := w.saved(s)
	n, err := s.InspectSnapshot(ctx, snapshot)
	if err != nil {
		t.Fatal(err)
	}
	w.engine.AddImage("img", nil)
	spec := engine.Spec{Name: "meddler", Image: "img", Mounts: []engine.Mount{{Volume: n.Volumes[0].Volume, Path: "/data"}}}
	if err := w.engine.CreateNode(ctx, spec); err != nil {
		t.Fatal(err)
	}
	w.engine.PutFile("meddler", "/data/note", "other")
	if err := w.engine.RemoveNode(ctx, "meddler"); err != nil {
		t.Fatal(err)
	}
	j := s.over(s.Start(ctx, request(snapshot)))
	if j.State != ferry.JobFailed || !strings.Contains(j.Error.Message, "was changed outside Ferry") {
		t.Errorf("the start of a touched snapshot is %s: %v", j.State, j.Error)
	}
	if stacks, _ := s.List(ctx, true); len(stacks) != 1 {
		t.Errorf("%d stacks are left", len(stacks))
	}
}

// A disk that is full, an engine that refuses: whatever call of a snapshot fails, the
// stack runs on, nothing stands still, and nothing half made is left.
func TestSnapshotFailsAtEveryCall(t *testing.T) {
	for _, call := range []string{"create-volume", "open-copy", "copy-pass", "freeze", "sum-volume", "commit-node"} {
		t.Run(call, func(t *testing.T) {
			w := newWorld(t)
			s := w.boot()
			stack := s.done(s.Start(ctx, request("gluster:2+mpi:1"))).Stack
			before := w.engine.Left()
			w.engine.Fail = func(name, _ string) error {
				if name == call {
					return fmt.Errorf("no space left on device")
				}
				return nil
			}
			j := s.over(s.Snapshot(ctx, stack, api.SnapshotRequest{Name: "first"}))
			w.engine.Fail = nil
			if j.State != ferry.JobFailed || !strings.Contains(j.Error.Message, "no space left") {
				t.Errorf("the job is %s: %v", j.State, j.Error)
			}
			w.compare(s, stack, before)
		})
	}
}

// compare wants the stack to run and the engine to hold what it held.
func (w *world) compare(s *server, stack string, before []string) {
	w.t.Helper()
	if got := s.status(stack); got != ferry.Running {
		w.t.Errorf("the stack is %q", got)
	}
	if left := w.engine.Left(); !slices.Equal(left, before) {
		w.t.Errorf("the engine holds %v, before %v", left, before)
	}
	if all, err := s.records.Snapshots(ctx); err != nil || len(all) > 0 {
		w.t.Errorf("snapshots %v, %v", all, err)
	}
}

// A server that is killed at any instant of a snapshot leaves a stack that the next one
// lets go on, and no half of a snapshot.
func TestKilledInASnapshot(t *testing.T) {
	for n, killed := 1, true; killed; n++ {
		t.Run(fmt.Sprint("call ", n), func(t *testing.T) {
			w := newWorld(t)
			s := w.boot()
			stack := s.done(s.Start(ctx, request("gluster:2"))).Stack
			before := w.engine.Left()
			s.close()
			s, j, was := killedDuring(w, n, func(s *server) (ferry.Job, error) { return s.Snapshot(ctx, stack, api.SnapshotRequest{Name: "first"}) })
			if killed = was; !was {
				return
			}
			if j.State == ferry.JobDone {
				return // all of it was done
			}
			w.compare(s, stack, before)
		})
	}
}

// A server that is killed at any instant of a revert, or of the start of a snapshot, is
// followed by one that finishes it.
func TestKilledGoingBack(t *testing.T) {
	verbs := map[string]func(s *server, stack, snapshot string) (ferry.Job, error){
		"start": func(s *server, _, snapshot string) (ferry.Job, error) { return s.Start(ctx, request(snapshot)) },
		"revert": func(s *server, stack, snapshot string) (ferry.Job, error) {
			return s.Revert(ctx, stack, api.RevertRequest{Snapshot: snapshot, Discard: true})
		},
	}
	for name, verb := range verbs {
		for n, killed := 1, true; killed; n++ {
			t.Run(fmt.Sprint(name, " call ", n), func(t *testing.T) {
				w := newWorld(t)
				s := w.boot()
				stack, snapshot := w.saved(s)
				s.write(w, stack, "two")
				s.close()
				s, j, was := killedDuring(w, n, func(s *server) (ferry.Job, error) { return verb(s, stack, snapshot) })
				killed = was
				if j.State != ferry.JobDone {
					t.Errorf("the job is %s: %v", j.State, j.Error)
				}
				if got := s.status(j.Stack); got != ferry.Running {
					t.Errorf("the stack is %q", got)
				}
				if got := w.reads(j.Stack); got != "one" {
					t.Errorf("it holds %q", got)
				}
				if s.status(stack) != ferry.Running {
					t.Errorf("the other stack is %q", s.status(stack))
				}
			})
		}
	}
}
