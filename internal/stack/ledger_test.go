package stack

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ferry-project/ferry"
)

// recorded waits until nothing is owed to the records.
func (s *server) recordedAll() {
	s.t.Helper()
	for begin := time.Now(); s.jobs.Owed() != ""; time.Sleep(10 * time.Millisecond) {
		if time.Since(begin) > 20*time.Second {
			s.t.Fatalf("still owed: %+v", s.jobs.Owed())
		}
	}
}

// consistent demands that nothing runs, that nothing is owed, and that the record of a
// stack and the engine say the same.
func (w *world) consistent(s *server, id string) {
	w.t.Helper()
	s.recordedAll()
	if jobs, err := s.records.RunningJobs(ctx); err != nil || len(jobs) > 0 {
		w.t.Errorf("recorded as running: %+v, %v", jobs, err)
	}
	left := w.engine.Left()
	switch got := s.status(id); {
	case got == "" && len(left) > 0:
		w.t.Errorf("without a record there are %v", left)
	case got != "" && len(left) == 0:
		w.t.Errorf("a stack of nothing is %s", got)
	case got == ferry.Starting || got == ferry.Stopping || got == ferry.Removing || got == ferry.Lost:
		w.t.Errorf("it is left %s with %v", got, left)
	}
}

// The disk gets full at any write of any verb. The job ends and is reported, the stack is
// free at once, no volume that was there goes, and as soon as there is space the
// records say what is true, without a new server.
func TestFullDiskAtEveryWrite(t *testing.T) {
	for name, c := range map[string]struct {
		prepare func(*world) string
		verb    func(*server, string) (ferry.Job, error)
		removes bool
	}{
		"start":  {func(*world) string { return "" }, func(s *server, _ string) (ferry.Job, error) { return s.Start(ctx, request("gluster:1")) }, true},
		"resume": {(*world).stopped, func(s *server, id string) (ferry.Job, error) { return s.Start(ctx, request(id)) }, false},
		"adopt":  {func(w *world) string { return w.adopted("openmpi0") }, func(s *server, id string) (ferry.Job, error) { return s.Start(ctx, request(id)) }, false},
		"stop":   {(*world).running, func(s *server, id string) (ferry.Job, error) { return s.Stop(ctx, id) }, false},
		"rm":     {(*world).running, func(s *server, id string) (ferry.Job, error) { return s.Remove(ctx, id, true) }, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for n, more := 1, true; more; n += 1 + n/4 {
				t.Run(fmt.Sprint("write ", n), func(t *testing.T) {
					w := newWorld(t)
					id := c.prepare(w)
					more = w.fullAt(n, id, c.removes, c.verb)
				})
			}
		})
	}
}

func (w *world) running() string {
	s := w.boot()
	defer s.close()
	return s.done(s.Start(ctx, request("gluster:1"))).Stack
}

func (w *world) fullAt(n int, id string, removes bool, verb func(*server, string) (ferry.Job, error)) (reached bool) {
	w.t.Helper()
	before := w.volumes()
	s := w.boot()
	w.disk.fillIn(n)
	j, err := verb(s, id)
	if err == nil {
		j = s.over(j, nil)
		id = j.Stack
	}
	reached = w.disk.reached()
	if e := errors.Join(err, errorOf(j)); e != nil && (ferry.CodeOf(e) == ferry.Internal || !strings.Contains(e.Error(), "is full")) {
		w.t.Errorf("told as %v", e)
	}
	if _, err := s.Job(ctx, j.ID); j.ID != "" && err != nil || s.jobs.Of(id) != nil {
		w.t.Errorf("the job is unknown or still at work: %v", err)
	}
	w.disk.set(false)
	w.consistent(s, id)
	for v := range before {
		if _, there := w.volumes()[v]; !there && !removes {
			w.t.Errorf("volume %s is gone", v)
		}
	}
	if s.status(id) != "" {
		s.done(s.Remove(ctx, id, true))
	}
	return reached
}

func errorOf(j ferry.Job) error {
	if j.Error == nil {
		return nil
	}
	return j.Error
}

// A full disk is not in the way of what makes room.
func TestFullDiskLetsGo(t *testing.T) {
	w := newWorld(t)
	s := w.boot()
	id := s.done(s.Start(ctx, request("gluster:2"))).Stack
	w.disk.set(true)
	_, err := s.Start(ctx, request("gluster:1"))
	demand(t, err, ferry.Failed, "is full")
	if s.done(s.Stop(ctx, id)); s.jobs.Of(id) != nil {
		t.Error("the stop is still at work")
	}
	if len(w.engine.Snapshot().Running) > 0 {
		t.Error("it was not stopped")
	}
	d, err := s.Inspect(ctx, id)
	if err != nil || !strings.Contains(strings.Join(d.Problems, ""), "not recorded yet") {
		t.Errorf("told as %v, %v", d.Problems, err)
	}
	if err := s.Reconcile(ctx); err != nil || s.jobs.Of(id) != nil {
		t.Errorf("what was stopped is repaired: %v", err)
	}
	_, err = s.Remove(ctx, id, false)
	demand(t, err, ferry.Conflict, "not recorded yet")
	j := s.done(s.Remove(ctx, id, true))
	if err := s.Cancel(ctx, j.ID); err != nil {
		t.Error(err)
	}
	if left := w.engine.Left(); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
	w.disk.set(false)
	w.consistent(s, id)
	if got, err := s.records.Job(ctx, j.ID); err != nil || got.State != ferry.JobDone || s.status(id) != "" {
		t.Errorf("recorded as %+v, %v", got, err)
	}
}

// What is owed is recorded before anything later.
func TestWhatIsOwedComesFirst(t *testing.T) {
	w := newWorld(t)
	s := w.boot()
	id := s.done(s.Start(ctx, request("gluster:1"))).Stack
	w.disk.set(true)
	s.done(s.Stop(ctx, id))
	w.disk.set(false)
	s.done(s.Start(ctx, request(id))) // before anybody has tried again
	w.consistent(s, id)
	if got := s.status(id); got != ferry.Running {
		t.Errorf("it is %s", got)
	}
}

// A server that ends while the disk is full leaves the next one what it needs.
func TestServerEndsWithTheDiskFull(t *testing.T) {
	w := newWorld(t)
	s := w.boot()
	id := s.done(s.Start(ctx, request("gluster:1"))).Stack
	before := w.volumes()
	w.disk.set(true)
	s.done(s.Stop(ctx, id))
	s.close()
	w.disk.set(false)
	next := w.boot()
	if err := errors.Join(next.Recover(ctx), next.Reconcile(ctx)); err != nil {
		t.Fatal(err)
	}
	w.quiet(next)
	w.consistent(next, id)
	if len(w.volumes()) != len(before) {
		t.Errorf("volumes: %v", w.volumes())
	}
}

// A node that dies while the disk is full is mended when there is space.
func TestNodeThatDiesWithTheDiskFull(t *testing.T) {
	w, s, id := watched(t)
	w.disk.set(true)
	w.engine.Kill("ferry-" + id + "-gluster1")
	s.becomes(id, ferry.Degraded, func() bool { return s.jobs.Owed() != "" })
	w.disk.set(false)
	s.becomes(id, ferry.Running, func() bool { return s.jobs.Owed() == "" })
}
