package stack

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
)

// failAt makes the n-th call of the engine fail, and every later one when all is
// set; reached reports whether there was one.
func (w *world) failAt(n int, all bool, with error) (reached func() bool) {
	var mu sync.Mutex
	calls := 0
	w.engine.Fail = func(call, _ string) error {
		mu.Lock()
		defer mu.Unlock()
		if call == "watch" {
			return nil
		}
		calls++
		if calls == n || all && calls > n && call != "dial" && call != "exec" { // those are asked again for minutes
			return with
		}
		return nil
	}
	return func() bool { mu.Lock(); defer mu.Unlock(); return calls >= n }
}

// broken makes a stack whose first start failed and was retained.
func (w *world) broken() string {
	w.engine.Fail = func(call, _ string) error {
		if call == "exec" {
			return errors.New("broken for now")
		}
		return nil
	}
	s := w.boot()
	r := request("gluster:1+mpi:1")
	r.Retain = true
	j := s.over(s.Start(ctx, r))
	s.close()
	w.engine.Fail = nil
	return j.Stack
}

func (w *world) stopped() string {
	s := w.boot()
	id := s.done(s.Start(ctx, request("gluster:1+mpi:1"))).Stack
	s.done(s.Stop(ctx, id))
	s.close()
	return id
}

// adopted is a stack with data whose record was lost, and some of its containers.
func (w *world) adopted(lost ...string) string {
	id := w.stopped()
	w.dir = inMemory(w.t)
	for _, n := range lost {
		if err := w.engine.RemoveNode(ctx, "ferry-"+id+"-"+n); err != nil {
			w.t.Fatal(err)
		}
	}
	s := w.boot()
	if _, err := s.Adopt(ctx); err != nil {
		w.t.Fatal(err)
	}
	s.close()
	return id
}

// subnetTaken removes a stack's network and lets somebody else have its subnet.
func (w *world) subnetTaken(id string) string {
	s := w.boot()
	d, err := s.Inspect(ctx, id)
	if err != nil {
		w.t.Fatal(err)
	}
	s.close()
	for _, n := range d.Plan.Nodes {
		_ = w.engine.RemoveNode(ctx, n.Container)
	}
	err = errors.Join(w.engine.RemoveNetwork(ctx, d.Plan.Network.Name),
		w.engine.CreateNetwork(ctx, engine.Network{Name: "somebody", Subnet: d.Plan.Network.Subnet}))
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

// Whatever fails, no verb but rm ever removes a volume that was there before it.
func TestNoUndoTakesWhatWasThere(t *testing.T) {
	start := func(s *server, id string) (ferry.Job, error) { return s.Start(ctx, request(id)) }
	one := []error{errors.New("boom")}
	two := append(one, engine.ErrConflict) // which makes a first start plan again
	for name, c := range map[string]struct {
		prepare func(*world) string
		verb    func(*server, string) (ferry.Job, error)
		with    []error
	}{
		"resume":             {(*world).stopped, start, one},
		"start what failed":  {(*world).broken, start, two},
		"adopted, one lost":  {func(w *world) string { return w.adopted("openmpi0") }, start, one},
		"adopted, all lost":  {func(w *world) string { return w.adopted("gluster0", "openmpi0", "mpi-client0") }, start, two},
		"subnet taken":       {func(w *world) string { return w.subnetTaken(w.broken()) }, start, two},
		"adopted, no subnet": {func(w *world) string { return w.subnetTaken(w.adopted()) }, start, one},
		"stop":               {(*world).stopped, func(s *server, id string) (ferry.Job, error) { return s.Stop(ctx, id) }, one},
		"another starts":     {(*world).stopped, func(s *server, _ string) (ferry.Job, error) { return s.Start(ctx, request("gluster:1")) }, one},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for n, more := 1, true; more; n += 1 + n/4 {
				for _, with := range c.with {
					t.Run(fmt.Sprint("call ", n, " ", with), func(t *testing.T) {
						w := newWorld(t)
						id := c.prepare(w)
						more = w.spared(n, with, func(s *server) (ferry.Job, error) { return c.verb(s, id) })
					})
				}
			}
		})
	}
}

// spared runs a verb whose n-th call fails, then the next server, and demands that
// every volume is the one it was.
func (w *world) spared(n int, with error, verb func(*server) (ferry.Job, error)) (reached bool) {
	w.t.Helper()
	before := w.volumes()
	was := w.failAt(n, n%2 == 0, with)
	s := w.boot()
	if j, err := verb(s); err == nil {
		s.over(j, nil)
	}
	reached = was()
	s.close()
	w.engine.Fail = nil
	next := w.boot()
	if err := errors.Join(next.Recover(ctx), next.Reconcile(ctx)); err != nil {
		w.t.Fatal(err)
	}
	w.quiet(next)
	now := w.volumes()
	for v, job := range before {
		if got, there := now[v]; !there || got != job {
			w.t.Errorf("volume %s of job %s is gone; there are %v", v, job, now)
		}
	}
	return reached
}

// volumes returns the job that made each.
func (w *world) volumes() map[string]string {
	all, err := w.engine.ListVolumes(ctx, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	made := map[string]string{}
	for _, v := range all {
		made[v.Name] = v.Labels[ferry.LabelJob]
	}
	return made
}

// quiet waits until no job runs.
func (w *world) quiet(s *server) {
	ids, err := s.records.IDs(ctx)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, id := range ids {
		if j := s.jobs.Of(id); j != nil {
			<-j.Done()
		}
	}
}
