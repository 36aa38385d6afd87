package stack

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
)

// forget loses the database in one of the ways it gets lost.
func (w *world) forget(how string) {
	w.t.Helper()
	db := filepath.Join(w.dir, "ferry.db")
	for _, beside := range []string{"-wal", "-shm"} {
		_ = os.Remove(db + beside)
	}
	var err error
	if how == "cut" {
		err = os.Truncate(db, 0)
	} else {
		err = os.Remove(db)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// A database that is empty beside stacks of its home is never taken for a new one.
func TestLostRecordsAreSaid(t *testing.T) {
	for _, how := range []string{"cut", "deleted"} {
		t.Run(how, func(t *testing.T) {
			w := newWorld(t)
			s := w.boot()
			r := request("gluster:1+mpi:1")
			r.Name = "lab"
			id := s.done(s.Start(ctx, r)).Stack
			s.done(s.Stop(ctx, id))
			s.close()
			w.forget(how)
			next := w.boot()
			all, err := next.List(ctx, false)
			if err != nil || len(all) != 1 || all[0].ID != id || all[0].Name != "lab" || all[0].Status != ferry.Lost ||
				len(all[0].Services) != 3 || !strings.Contains(strings.Join(all[0].Problems, ""), "ferry adopt") {
				t.Fatalf("listed as %+v, %v", all, err)
			}
			for _, ref := range []string{id, strings.TrimPrefix(id, "sa-"), id[:6], "lab"} {
				_, err := next.Start(ctx, request(ref))
				demand(t, err, ferry.Conflict, "the record of "+id+" is lost")
				_, err = next.Remove(ctx, ref, true)
				demand(t, err, ferry.Conflict, "is lost")
			}
			if _, err := next.Stop(ctx, "other"); ferry.CodeOf(err) != ferry.NotFound {
				t.Errorf("another name: %v", err)
			}
			next.noteOfLost(id)
			if got, err := next.RemoveImages(ctx, []string{"openmpi"}); ferry.CodeOf(err) != ferry.Conflict {
				t.Errorf("images of a lost stack: removed %v, %v", got, err)
			}
			if _, err := next.Adopt(ctx); err != nil {
				t.Fatal(err)
			}
			next.done(next.Start(ctx, request("lab")))
		})
	}
}

// noteOfLost demands that the start of something new speaks of what is lost.
func (s *server) noteOfLost(id string) {
	s.t.Helper()
	j := s.done(s.Start(ctx, request("gluster:1")))
	said := ""
	err := s.Follow(ctx, j.ID, 0, func(e ferry.Event) error {
		if e.Kind == ferry.Note {
			said += e.Message
		}
		return nil
	})
	if err != nil || !strings.Contains(said, "the records of "+id+" are lost") {
		s.t.Errorf("the start says %q, %v", said, err)
	}
}

// An engine that was tidied up has no network of a stopped stack any more.
func TestAdoptWithoutTheNetwork(t *testing.T) {
	w := newWorld(t)
	id := w.stopped()
	w.dir = inMemory(t)
	for _, n := range []string{"gluster0", "mount0", "openmpi0", "mpi-client0"} {
		if err := w.engine.RemoveNode(ctx, "ferry-"+id+"-"+n); err != nil {
			t.Fatal(err)
		}
	}
	for _, n := range w.engine.Snapshot().Networks {
		if err := w.engine.RemoveNetwork(ctx, n); err != nil {
			t.Fatal(err)
		}
	}
	before := w.volumes()
	s := w.boot()
	if got, err := s.Adopt(ctx); err != nil || len(got) != 1 || got[0].ID != id {
		t.Fatalf("adopted %v, %v", got, err)
	}
	s.done(s.Start(ctx, request(id)))
	for v := range before {
		if _, there := w.volumes()[v]; !there {
			t.Errorf("%s is gone", v)
		}
	}
}

// What cannot be adopted is in nobody's way, and says why.
func TestAdoptPassesOverWhatItCannotRead(t *testing.T) {
	w := newWorld(t)
	id := w.stopped()
	w.dir = inMemory(t)
	labels := func(stack, plan string) map[string]string {
		return map[string]string{ferry.LabelFerry: "1", ferry.LabelHome: "home", ferry.LabelStack: stack, ferry.LabelPlan: plan}
	}
	network, err := w.engine.ListNetworks(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []engine.Network{
		{Name: "bad", Labels: labels("sa-0bad", "%")},
		{Name: "liar", Labels: labels("sa-0liar", network[0].Labels[ferry.LabelPlan])},
	} {
		if err := w.engine.CreateNetwork(ctx, n); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.engine.CreateVolume(ctx, "rest", labels("sa-0rest", "")); err != nil {
		t.Fatal(err)
	}
	s := w.boot()
	got, err := s.Adopt(ctx)
	if err != nil || len(got) != 4 {
		t.Fatalf("adopted %v, %v", got, err)
	}
	for _, g := range got {
		if (g.ID == id) != (g.Status == ferry.Stopped) || (g.ID == id) != (len(g.Problems) == 0) {
			t.Errorf("%s is %s: %v", g.ID, g.Status, g.Problems)
		}
	}
	_, err = s.Adopt(ctx)
	for _, want := range []string{"sa-0bad", "sa-0liar", "is that of " + id, "neither its network nor its first volume"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %s", err, want)
		}
	}
}

func TestAdoptWithoutATakenName(t *testing.T) {
	w := newWorld(t)
	s := w.boot()
	r := request("gluster:1")
	r.Name = "lab"
	id := s.done(s.Start(ctx, r)).Stack
	s.close()
	w.dir = inMemory(t)
	next := w.boot()
	next.done(next.Start(ctx, r))
	got, err := next.Adopt(ctx)
	if err != nil || len(got) != 1 || got[0].Name != "" || !strings.Contains(strings.Join(got[0].Problems, ""), "without its name") {
		t.Fatalf("adopted %+v, %v", got, err)
	}
	if next.status(id) != ferry.Running {
		t.Errorf("it is %s", next.status(id))
	}
}

// A removal that was cancelled takes no more, neither now nor later.
func TestCancelledRemovalSparesTheRest(t *testing.T) {
	w := newWorld(t)
	id := w.stopped()
	before := w.volumes()
	at, on := make(chan struct{}), make(chan struct{})
	var once bool
	w.engine.Fail = func(call, name string) error {
		if call == "remove-node" && strings.HasSuffix(name, "gluster0") && !once {
			once = true
			close(at)
			<-on
		}
		return nil
	}
	s := w.boot()
	j, err := s.Remove(ctx, id, false)
	if err != nil {
		t.Fatal(err)
	}
	<-at
	if err := s.Cancel(ctx, j.ID); err != nil {
		t.Fatal(err)
	}
	close(on)
	if j = s.over(j, nil); j.State != ferry.JobCancelled {
		t.Errorf("the job is %s", j.State)
	}
	if err := s.Reconcile(ctx); err != nil {
		t.Fatal(err)
	}
	w.quiet(s)
	if now := w.volumes(); len(now) != len(before) || s.status(id) != ferry.Stopped {
		t.Errorf("it is %s with %v", s.status(id), now)
	}
	s.done(s.Start(ctx, request(id)))
	if left := w.engine.Left(); !slices.Contains(left, "node ferry-"+id+"-gluster0") {
		t.Errorf("there are %v", left)
	}
}

// A stack that was started between the asking and the removal is not removed
// without force.
func TestRemovalLooksAgain(t *testing.T) {
	w := newWorld(t)
	id := w.stopped()
	s := w.boot()
	s.done(s.Start(ctx, request(id)))
	_, err := s.removing(id, removal{asked: true})(ctx)
	demand(t, err, ferry.Conflict, "is running")
	if s.status(id) != ferry.Running {
		t.Errorf("it is %s", s.status(id))
	}
}

// A stopped stack whose network was tidied up starts: nothing else of it is made again.
func TestStartWithoutTheNetwork(t *testing.T) {
	w := newWorld(t)
	id := w.stopped()
	before := w.engine.Snapshot()
	if err := w.engine.RemoveNetwork(ctx, "ferry-"+id); err != nil {
		t.Fatal(err)
	}
	created := w.engine.Count("create-node")
	s := w.boot()
	s.done(s.Start(ctx, request(id)))
	now := w.engine.Snapshot()
	if !slices.Equal(now.Running, before.Nodes) || !slices.Equal(now.Networks, before.Networks) || w.engine.Count("create-node") != created {
		t.Errorf("before: %+v, after: %+v", before, now)
	}
}
