package stack

import (
	"strings"
	"testing"

	"github.com/ferry-project/ferry"
)

// hosts are the names that every node of a stack knows, which must be those that the
// engine says now, in all nodes alike.
func (w *world) hosts(s *server, stack string) string {
	w.t.Helper()
	nodes, err := w.engine.ListNodes(ctx, s.inventory.Of(stack))
	if err != nil {
		w.t.Fatal(err)
	}
	var text string
	for i, n := range nodes {
		got, _ := w.engine.File(n.Name, ferry.HostsPath)
		if i > 0 && got != text {
			w.t.Errorf("%s knows\n%s\nand another\n%s", n.Name, got, text)
		}
		text = got
	}
	for _, n := range nodes {
		if !strings.Contains(text, n.Address+" "+n.Labels[ferry.LabelNode]+"\n") {
			w.t.Errorf("%s has the address %s, and the nodes know\n%s", n.Name, n.Address, text)
		}
	}
	return text
}

// On an engine that assigns addresses, no plan has one, and the nodes know those of each
// start.
func TestLifeWithAssignedAddresses(t *testing.T) {
	w := newWorld(t)
	w.engine.Facts.Features.FixedAddresses = false
	s := w.boot()
	id := s.done(s.Start(ctx, request("gluster:3+mpi:2"))).Stack
	d, err := s.Inspect(ctx, id)
	if err != nil || !d.Plan.Network.Assigned || d.Plan.Network.Subnet != "" || d.Plan.Nodes[0].Address != "" {
		t.Fatalf("the plan has a network %+v and the address %q, %v", d.Plan.Network, d.Plan.Nodes[0].Address, err)
	}
	first := w.hosts(s, id)
	s.done(s.Stop(ctx, id))
	s.done(s.Start(ctx, request(id)))
	if second := w.hosts(s, id); second == first {
		t.Error("the engine has given the same addresses again: nothing is proved")
	}
	w.engine.Kill(brickOf(id))
	s.done(s.Start(ctx, request(id)))
	w.hosts(s, id)
	if got := s.status(id); got != ferry.Running {
		t.Errorf("it is %s", got)
	}
	s.done(s.Remove(ctx, id, true))
	if left := w.engine.Left(); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}
