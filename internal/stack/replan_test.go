package stack

import (
	"sync/atomic"
	"testing"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
)

// A network of somebody else's that appears between looking and making takes the
// planned subnet; the start finds another.
func TestSubnetTakenInBetween(t *testing.T) {
	w := newWorld(t)
	taken := false
	w.engine.Fail = func(call, _ string) error {
		if call == "create-network" && !taken {
			taken = true
			return w.engine.CreateNetwork(ctx, engine.Network{Name: "somebody", Subnet: "10.210.0.0/26"})
		}
		return nil
	}
	s := w.boot()
	j := s.done(s.Start(ctx, request("gluster:2")))
	d, err := s.Inspect(ctx, j.Stack)
	if err != nil {
		t.Fatal(err)
	}
	if d.Status != ferry.Running || d.Plan.Network.Subnet == "10.210.0.0/26" {
		t.Errorf("%s on %s", d.Status, d.Plan.Network.Subnet)
	}
	if err := w.engine.RemoveNetwork(ctx, "somebody"); err != nil {
		t.Fatal(err)
	}
	s.done(s.Remove(ctx, j.Stack, true))
	if left := w.engine.Left(); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// A host port that was free when it was planned is taken when its node starts:
// one that Ferry picked is picked again, one that the file names is said.
func TestPortTakenInBetween(t *testing.T) {
	for name, c := range map[string]struct {
		port string
		want ferry.JobState
	}{"picked": {"80", ferry.JobDone}, "named": {"20000:80", ferry.JobFailed}} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			var taken atomic.Bool
			w.engine.Fail = func(call, _ string) error {
				if call == "start-node" && taken.CompareAndSwap(false, true) {
					return engine.ErrConflict
				}
				return nil
			}
			s := w.boot()
			s.Listening = func() []int {
				if taken.Load() {
					return []int{20000}
				}
				return nil
			}
			r := request("app.yaml")
			r.Text = []byte("backend: {storage: {personality: gluster, instances: 1}}\nconnectors: [{personality: mpi-client, ports: [\"" + c.port + "\"]}]\n")
			j := s.over(s.Start(ctx, r))
			if j.State != c.want {
				t.Fatalf("the job is %s: %v", j.State, j.Error)
			}
			if j.State == ferry.JobFailed {
				demand(t, j.Error, ferry.Invalid, "host port 20000 is taken")
				return
			}
			d, err := s.Inspect(ctx, j.Stack)
			if err != nil {
				t.Fatal(err)
			}
			if n, _ := d.Plan.Node("mpi-client0"); n.Ports[0].Host == 20000 {
				t.Error("the taken port was picked again")
			}
		})
	}
}
