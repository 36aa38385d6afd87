package stack

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine/fake"
)

var errKilled = errors.New("the server was killed")

// killAt makes the n-th changing call of the engine hang as if the server had
// been killed before it. It returns a channel that is closed when that call comes,
// and a function that lets the dead server's goroutines go.
func killAt(e *fake.Engine, n int) (reached <-chan struct{}, bury func()) {
	at, dead := make(chan struct{}), make(chan struct{})
	var mu sync.Mutex
	calls := 0
	e.Fail = func(call, _ string) error {
		if call == "info" || call == "list-nodes" || call == "list-volumes" || call == "list-networks" || call == "watch" || call == "has-image" {
			return nil
		}
		mu.Lock()
		calls++
		now := calls
		mu.Unlock()
		if now == n {
			close(at)
		}
		if now >= n {
			<-dead
			return errKilled
		}
		return nil
	}
	return at, func() { close(dead) }
}

// kill ends a server's life without a word to anybody.
func (s *server) kill(bury func()) {
	s.jobs.Leave()
	bury()
	s.close()
}

// killedDuring runs a verb, kills the server at its n-th call, boots the next
// server, and returns the job as it ended there; ok is false when the verb was
// over before that call.
func killedDuring(w *world, n int, verb func(*server) (ferry.Job, error)) (*server, ferry.Job, bool) {
	w.t.Helper()
	reached, bury := killAt(w.engine, n)
	first := w.boot()
	j, err := verb(first)
	if err != nil {
		w.t.Fatal(err)
	}
	over := make(chan struct{})
	go func() {
		defer close(over)
		_ = first.Follow(ctx, j.ID, 0, func(ferry.Event) error { return nil })
	}()
	killed := true
	select {
	case <-reached:
	case <-over:
		killed = false
	case <-time.After(30 * time.Second):
		w.t.Fatal("neither killed nor over")
	}
	first.kill(bury)
	<-over
	w.engine.Fail = nil
	next := w.boot()
	if err := next.Recover(ctx); err != nil {
		w.t.Fatal(err)
	}
	return next, next.over(j, nil), killed
}

// A server that is killed at any instant of a start, a stop, a resume or a
// removal is followed by one that finishes it.
func TestKilledAtEveryCall(t *testing.T) {
	verbs := map[string]struct {
		prepare func(*server, string)
		verb    func(*server, string) (ferry.Job, error)
		want    ferry.Status
	}{
		"start": {nil, func(s *server, _ string) (ferry.Job, error) { return s.Start(ctx, request("gluster:2")) }, ferry.Running},
		"stop":  {func(*server, string) {}, func(s *server, id string) (ferry.Job, error) { return s.Stop(ctx, id) }, ferry.Stopped},
		"resume": {
			func(s *server, id string) { s.done(s.Stop(ctx, id)) },
			func(s *server, id string) (ferry.Job, error) { return s.Start(ctx, request(id)) }, ferry.Running,
		},
		"remove": {
			func(*server, string) {},
			func(s *server, id string) (ferry.Job, error) { return s.Remove(ctx, id, true) }, "",
		},
	}
	for name, v := range verbs {
		t.Run(name, func(t *testing.T) {
			for n, killed := 1, true; killed; n++ {
				killed = killOnce(t, n, v.prepare, v.verb, v.want)
			}
		})
	}
}

func killOnce(t *testing.T, n int, prepare func(*server, string), verb func(*server, string) (ferry.Job, error), want ferry.Status) (killed bool) {
	t.Run(fmt.Sprint("call ", n), func(t *testing.T) {
		w := newWorld(t)
		id := ""
		if prepare != nil {
			s := w.boot()
			id = s.done(s.Start(ctx, request("gluster:2"))).Stack
			prepare(s, id)
			s.close()
		}
		s, j, was := killedDuring(w, n, func(s *server) (ferry.Job, error) { return verb(s, id) })
		killed = was
		if j.State != ferry.JobDone {
			t.Errorf("the job is %s: %v", j.State, j.Error)
		}
		if got := s.status(j.Stack); got != want {
			t.Errorf("the stack is %q, want %q", got, want)
		}
		if want == "" {
			if left := w.engine.Left(); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
			return
		}
		s.done(s.Remove(ctx, j.Stack, true))
		if left := w.engine.Left(); len(left) > 0 {
			t.Errorf("after rm left behind: %v", left)
		}
	})
	return killed
}

func TestKilledWhileUndoing(t *testing.T) {
	w := newWorld(t)
	reached, bury := make(chan struct{}), make(chan struct{})
	var once sync.Once
	w.engine.Fail = func(call, _ string) error {
		if call == "start-node" {
			return errors.New("it cannot start")
		}
		if call == "remove-node" {
			once.Do(func() { close(reached) })
			<-bury
			return errKilled
		}
		return nil
	}
	first := w.boot()
	j, err := first.Start(ctx, request("gluster:2"))
	if err != nil {
		t.Fatal(err)
	}
	<-reached
	first.kill(func() { close(bury) })
	w.engine.Fail = nil
	next := w.boot()
	if err := next.Recover(ctx); err != nil {
		t.Fatal(err)
	}
	if j = next.over(j, nil); j.State != ferry.JobFailed {
		t.Errorf("a start that was undone ended as %s", j.State)
	}
	if left := w.engine.Left(); len(left) > 0 || next.status(j.Stack) != "" {
		t.Errorf("left behind: %v", left)
	}
}

func TestAdoptRebuildsALostStore(t *testing.T) {
	w := newWorld(t)
	s := w.boot()
	j := s.done(s.Start(ctx, request("gluster:3")))
	s.close()
	w.dir = inMemory(t) // the store is lost
	next := w.boot()
	adopted, err := next.Adopt(ctx)
	if err != nil || len(adopted) != 1 || adopted[0].ID != j.Stack {
		t.Fatalf("adopted %v, %v", adopted, err)
	}
	if again, err := next.Adopt(ctx); err != nil || len(again) != 0 {
		t.Errorf("adopted again: %v, %v", again, err)
	}
	if got := next.status(j.Stack); got != ferry.Running {
		t.Errorf("adopted as %s", got)
	}
	next.done(next.Stop(ctx, j.Stack))
	next.done(next.Start(ctx, request(j.Stack)))
	next.done(next.Remove(ctx, j.Stack, true))
	if left := w.engine.Left(); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
