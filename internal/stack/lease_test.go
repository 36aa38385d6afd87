package stack

import (
	"testing"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/state"
)

func reusing(target string, linger time.Duration) api.StartRequest {
	r := request(target)
	r.Lease = &api.LeaseRequest{Linger: linger, Reuse: true}
	return r
}

func (s *server) lease(id string) *state.Lease {
	s.t.Helper()
	r, err := s.records.Find(ctx, id)
	if err != nil {
		s.t.Fatal(err)
	}
	return r.Lease
}

// Runs of the same plan share a stack, also while it is being started, and one that is
// stopped comes up again; runs of other plans, and those that want one of their own, do not.
func TestReuse(t *testing.T) {
	s := newWorld(t).boot()
	first, err := s.Start(ctx, reusing("gluster:2", time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	second := s.done(s.Start(ctx, reusing("gluster:2", time.Hour)))
	if second.Stack != first.Stack {
		t.Errorf("%s while %s is started", second.Stack, first.Stack)
	}
	if l := s.lease(first.Stack); l == nil || l.Linger != time.Hour || l.Until.IsZero() {
		t.Errorf("the lease is %+v", l)
	}
	s.done(s.Stop(ctx, first.Stack))
	third := s.done(s.Start(ctx, reusing("gluster:2", 0)))
	if third.Stack != first.Stack || third.Kind != ferry.ResumeJob || s.status(third.Stack) != ferry.Running {
		t.Errorf("%+v", third)
	}
	for name, r := range map[string]api.StartRequest{
		"another plan": reusing("gluster:3", 0), "its own": {Source: request("gluster:2").Source, Lease: &api.LeaseRequest{}}, "no lease": request("gluster:2"),
	} {
		if j := s.done(s.Start(ctx, r)); j.Stack == first.Stack {
			t.Errorf("%s: the same stack", name)
		}
	}
}

// What is on its way out is not reused.
func TestReuseOfWhatIsOver(t *testing.T) {
	s := newWorld(t).boot()
	first := s.done(s.Start(ctx, reusing("gluster:2", 0)))
	err := s.records.Update(ctx, first.Stack, func(r *state.Record) error { r.Lease.Over = true; return nil })
	if err != nil {
		t.Fatal(err)
	}
	if second := s.done(s.Start(ctx, reusing("gluster:2", 0))); second.Stack == first.Stack {
		t.Error("it is reused")
	}
}

// A stack that somebody has made is not removed because a command ran against it.
func TestNoLeaseOnAStackOfItsOwn(t *testing.T) {
	s := newWorld(t).boot()
	j := s.done(s.Start(ctx, request("gluster:1")))
	s.done(s.Stop(ctx, j.Stack))
	_, err := s.Start(ctx, reusing(j.Stack, 0))
	demand(t, err, ferry.Invalid, "a stack of its own")
	if s.lease(j.Stack) != nil || s.status(j.Stack) != ferry.Stopped {
		t.Error("it was touched")
	}
}
