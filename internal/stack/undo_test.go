package stack

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/secret"
	"github.com/ferry-project/ferry/internal/state"
)

// failAt makes the n-th call of the engine fail, and every later one when all is
// set; reached tells whether there was one.
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
	two := append(one, engine.ErrConflict) // which makes a first start plan anew
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
	if err := errors.Join(next.Recover(ctx), next.reconcile(ctx)); err != nil {
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

// volumes gives the job that made each.
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
	s.jobs.mu.Lock()
	var running []*job
	for _, j := range s.jobs.running {
		running = append(running, j)
	}
	s.jobs.mu.Unlock()
	for _, j := range running {
		<-j.done
	}
}

// The reviewer's case: a record lost with a container, then a start.
func TestAdoptedStackStartsOnItsData(t *testing.T) {
	for name, lost := range map[string][]string{
		"nothing else lost": nil, "a container lost": {"openmpi0"}, "all lost": {"gluster0", "mount0", "openmpi0", "openmpi1", "mpi-client0"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			s := w.boot()
			id := s.done(s.Start(ctx, request("gluster:1+mpi:2"))).Stack
			key := "/service/conf/ssh/id_ed25519"
			was, _ := w.engine.File("ferry-"+id+"-mpi-client0", key)
			s.done(s.Stop(ctx, id))
			s.close()
			w.dir = inMemory(t)
			for _, n := range lost {
				if err := w.engine.RemoveNode(ctx, "ferry-"+id+"-"+n); err != nil {
					t.Fatal(err)
				}
			}
			before := w.volumes()
			next := w.boot()
			if _, err := next.Adopt(ctx); err != nil {
				t.Fatal(err)
			}
			next.done(next.Start(ctx, request(id)))
			if now := w.volumes(); len(before) != 4 || fmt.Sprint(now) != fmt.Sprint(before) {
				t.Errorf("volumes were %v, are %v", before, now)
			}
			client, _ := w.engine.File("ferry-"+id+"-mpi-client0", key)
			for _, n := range []string{"openmpi0", "openmpi1"} {
				if k, ok := w.engine.File("ferry-"+id+"-"+n, key); !ok || k != client {
					t.Errorf("%s has another key than the client", n)
				}
			}
			if len(lost) < 5 && client != was {
				t.Error("the key that a machine held was made anew")
			}
		})
	}
}

// The key of a machine that was lost in the middle of handing out a new one is
// brought in step by the next start.
func TestKeysAreOneAfterAFailedRenewal(t *testing.T) {
	w := newWorld(t)
	id := w.adopted()
	key := "/service/conf/ssh/id_ed25519"
	for _, n := range []string{"openmpi0", "mpi-client0"} {
		w.engine.PutFile("ferry-"+id+"-"+n, key, "lost")
		w.engine.PutFile("ferry-"+id+"-"+n, "/service/conf/ssh/host_key", "lost")
	}
	w.dir = inMemory(t) // once more: adopt has read the keys before
	s := w.boot()
	if _, err := s.Adopt(ctx); err != nil {
		t.Fatal(err)
	}
	copies := 0
	w.engine.Fail = func(call, _ string) error {
		if call == "copy-to" {
			if copies++; copies == 2 {
				return errors.New("the machine is away")
			}
		}
		return nil
	}
	if j := s.over(s.Start(ctx, request(id))); j.State != ferry.JobFailed {
		t.Fatalf("the start is %s", j.State)
	}
	w.engine.Fail = nil
	s.done(s.Start(ctx, request(id)))
	a, _ := w.engine.File("ferry-"+id+"-openmpi0", key)
	b, _ := w.engine.File("ferry-"+id+"-mpi-client0", key)
	if a == "lost" || a != b {
		t.Error("the machines have different keys")
	}
}

// A password that locks data cannot be made anew: it is said, and nothing goes.
func TestLostPasswordIsSaid(t *testing.T) {
	w := newWorld(t)
	s := w.boot()
	r := api.StartRequest{Source: api.Source{Target: "gluster:1+mpi:1"}}
	id := s.done(s.Start(ctx, r)).Stack
	s.done(s.Stop(ctx, id))
	err := s.Store.Update(ctx, id, lock("db", "ferry-"+id+"-mpi-client0"))
	if err != nil {
		t.Fatal(err)
	}
	j := s.over(s.Start(ctx, request(id)))
	demand(t, j.Error, ferry.Failed, "no machine that is left holds the password db")
	if got := s.status(id); got != ferry.Stopped || len(w.volumes()) != 4 {
		t.Errorf("it is %s with the volumes %v", got, w.volumes())
	}
	w.engine.PutFile("ferry-"+id+"-mpi-client0", "/etc/db", "password = abcdefghijklmnopqrstuvwx\n")
	s.done(s.Start(ctx, request(id)))
}

// lock gives a service a password that a file of one machine holds.
func lock(name, container string) func(*state.Record) error {
	return func(r *state.Record) error {
		s := &r.Plan.Services[0]
		s.Secrets = append(s.Secrets, ferry.Secret{Name: name, Kind: ferry.Password})
		for i := range r.Plan.Nodes {
			if n := &r.Plan.Nodes[i]; n.Container == container {
				n.Files = append(n.Files, ferry.File{Path: "/etc/db", Content: "password = " + ferry.SecretRef(name, secret.Value) + "\n"})
			}
		}
		return nil
	}
}
