package stack

import (
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
