package stack

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/watch"
)

// hook is an engine's Fail that may be changed while a server is at work.
type hook struct {
	atomic.Pointer[func(call, name string) error]
}

func (h *hook) fail(call, name string) error {
	if f := h.Load(); f != nil {
		return (*f)(call, name)
	}
	return nil
}

func (h *hook) set(f func(call, name string) error) { h.Store(&f) }

// watchedWorld has a hook, and a stack that is watched.
type watchedWorld struct {
	*world
	hook hook
}

// watched boots a server that watches, with a stack that runs.
func watched(t *testing.T) (w *watchedWorld, s *server, id string) {
	t.Helper()
	w = &watchedWorld{world: newWorld(t)}
	w.engine.Fail = w.hook.fail
	s = w.boot()
	watch, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() { defer close(ended); _ = s.Watch(watch) }()
	t.Cleanup(func() { cancel(); <-ended })
	return w, s, s.done(s.Start(ctx, request("gluster:3"))).Stack
}

// becomes waits for a status that comes by itself.
func (s *server) becomes(id string, want ferry.Status, and func() bool) {
	s.t.Helper()
	for begin := time.Now(); s.status(id) != want || !and(); time.Sleep(10 * time.Millisecond) {
		if time.Since(begin) > 20*time.Second {
			s.t.Fatalf("the stack is %s, want %s", s.status(id), want)
		}
	}
}

// failing makes the first n starts of a node fail, and counts all.
func failing(w *watchedWorld, n int32) *atomic.Int32 {
	var starts atomic.Int32
	w.hook.set(func(call, _ string) error {
		if call == "start-node" && starts.Add(1) <= n {
			return errors.New("not now")
		}
		return nil
	})
	return &starts
}

func TestDeadNodeComesBack(t *testing.T) {
	w, s, id := watched(t)
	starts := failing(w, 0)
	w.engine.Kill("ferry-" + id + "-gluster1")
	s.becomes(id, ferry.Running, func() bool { return starts.Load() > 0 })
}

func TestFailedRepairIsTriedAgain(t *testing.T) {
	w, s, id := watched(t)
	starts := failing(w, 4) // all nodes, so that the whole repair fails
	w.engine.Kill("ferry-" + id + "-gluster1")
	s.becomes(id, ferry.Running, func() bool { return starts.Load() > 4 })
}

func TestRepairsAreLimited(t *testing.T) {
	w, s, id := watched(t)
	s.Watcher.Now = func() time.Time { return time.Unix(0, 0) }
	for range watch.RepairLimit {
		s.Repairs.Allow(id, s.Watcher.Now())
	}
	starts := failing(w, 0)
	w.engine.Kill("ferry-" + id + "-gluster1")
	s.becomes(id, ferry.Degraded, func() bool { return true })
	s.done(s.Start(ctx, request(id)))
	if starts.Load() == 0 || s.status(id) != ferry.Running {
		t.Error("the user's own start is not limited")
	}
}

// An engine that goes down takes the nodes with it, one after the other; what
// fails on the way must not use up the repairs.
func TestEngineThatWasAwayBringsStacksBack(t *testing.T) {
	w, s, id := watched(t)
	failing(w, 100)
	for _, node := range []string{"gluster0", "gluster1", "gluster2", "mpi-client0"} {
		w.engine.Kill("ferry-" + id + "-" + node)
	}
	s.becomes(id, ferry.Degraded, func() bool { return s.jobs.Of(id) == nil })
	for range watch.RepairLimit {
		s.Repairs.Allow(id, s.Watcher.Now())
	}
	w.engine.SetDown(true)
	w.engine.SetDown(false)
	starts := failing(w, 0)
	s.becomes(id, ferry.Running, func() bool { return starts.Load() > 0 })
}

// The engine goes away in the middle of a repair, before anything was done.
func TestEngineThatGoesAwayDuringARepair(t *testing.T) {
	w, s, id := watched(t)
	var down atomic.Bool
	w.hook.set(func(call, _ string) error {
		if call == "list-volumes" && down.CompareAndSwap(false, true) {
			w.engine.SetDown(true)
		}
		return nil
	})
	w.engine.Kill("ferry-" + id + "-gluster1")
	s.becomes(id, ferry.Degraded, func() bool { return down.Load() && s.jobs.Of(id) == nil })
	w.engine.SetDown(false)
	s.becomes(id, ferry.Running, func() bool { return true })
}

// A start that could be neither finished nor undone is undone when the engine is back.
func TestEngineThatGoesAwayDuringAStart(t *testing.T) {
	w, s, _ := watched(t)
	w.hook.set(func(call, _ string) error {
		if call == "start-node" {
			w.engine.SetDown(true)
		}
		return nil
	})
	j := s.over(s.Start(ctx, request("gluster:1")))
	if got := s.status(j.Stack); j.State != ferry.JobFailed || got != ferry.Removing {
		t.Errorf("the job is %s, the stack %s", j.State, got)
	}
	w.hook.set(func(string, string) error { return nil })
	w.engine.SetDown(false)
	s.becomes(j.Stack, "", func() bool { return true })
}
