package enginetest

import (
	"archive/tar"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
)

func foreign() map[string]string {
	return map[string]string{ferry.LabelFerry: "test", ferry.LabelStack: "sa-another"}
}

func (s *suite) networks(t *testing.T) {
	ctx, n := t.Context(), s.network(t)
	must(t, s.CreateNetwork(ctx, n))
	other := n
	other.Labels = foreign()
	want(t, "create another's network", s.CreateNetwork(ctx, other), engine.ErrConflict)
	other = n
	other.Name = s.name("net")
	if s.has.FixedAddresses {
		want(t, "create with an overlapping subnet", s.CreateNetwork(ctx, other), engine.ErrConflict)
	} else {
		n.Subnet, n.Gateway = "", "" // whatever was asked for
	}

	all, err := s.ListNetworks(ctx)
	must(t, err)
	i := slices.IndexFunc(all, func(x engine.Network) bool { return x.Name == n.Name })
	if i < 0 || all[i].Subnet != n.Subnet || all[i].Gateway != n.Gateway || all[i].Labels[ferry.LabelStack] != s.stack {
		t.Fatalf("networks %+v, want %+v among them", all, n)
	}
	node := s.running(t, func(sp *engine.Spec) { sp.Network = n.Name })
	want(t, "remove a network in use", s.RemoveNetwork(ctx, n.Name), engine.ErrConflict)
	must(t, s.RemoveNode(ctx, node))
	must(t, s.RemoveNetwork(ctx, n.Name))
	must(t, s.RemoveNetwork(ctx, n.Name))
}

// networkAgain: a network that was removed under its stopped node, as tidying up does,
// and made again is the node's network.
func (s *suite) networkAgain(t *testing.T) {
	ctx, net := t.Context(), s.network(t)
	on := func(sp *engine.Spec) {
		sp.Network, sp.Hostname, sp.Address = net.Name, "a0", strings.TrimSuffix(net.Gateway, "1")+"77"
	}
	n := s.running(t, on)
	s.tool(t, n, "write", "/kept", "over it")
	before := s.see(t, n)
	must(t, s.StopNode(ctx, n, patience))
	must(t, s.RemoveNetwork(ctx, net.Name))
	want(t, "start without its network", s.StartNode(ctx, n), engine.ErrNotFound)
	must(t, s.CreateNetwork(ctx, net))
	must(t, s.StartNode(ctx, n))
	s.awaitInit(t, n)
	if after := s.see(t, n); s.has.FixedAddresses && after.Address != before.Address {
		t.Errorf("address %s, was %s", after.Address, before.Address)
	}
	if out := s.tool(t, n, "read", "/kept"); out != "over it" {
		t.Errorf("a file of the node: %q", out)
	}
	must(t, s.StopNode(ctx, n, patience))
	must(t, s.StartNode(ctx, n))
}

// networkRace: many who make the same network get one.
func (s *suite) networkRace(t *testing.T) {
	n := engine.Network{Name: s.name("net"), Labels: s.labels()}
	t.Cleanup(func() { drop(t, s.RemoveNetwork, n.Name) })
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if err := s.CreateNetwork(t.Context(), n); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	all, err := s.ListNetworks(t.Context())
	must(t, err)
	all = slices.DeleteFunc(all, func(x engine.Network) bool { return x.Name != n.Name })
	if len(all) != 1 {
		t.Fatalf("%d networks of one name", len(all))
	}
}

func (s *suite) volumes(t *testing.T) {
	ctx, v := t.Context(), s.volume(t)
	must(t, s.CreateVolume(ctx, v, s.labels()))
	want(t, "create another's volume", s.CreateVolume(ctx, v, foreign()), engine.ErrConflict)
	for _, labels := range []map[string]string{s.labels(), {ferry.LabelStack: s.stack}, {ferry.LabelFerry: ""}} {
		all, err := s.ListVolumes(ctx, labels)
		must(t, err)
		if !slices.ContainsFunc(all, func(x engine.Volume) bool { return x.Name == v && x.Labels[ferry.LabelStack] == s.stack }) {
			t.Errorf("volumes with %v: %v", labels, all)
		}
	}
	all, err := s.ListVolumes(ctx, map[string]string{ferry.LabelStack: s.stack, "no.such": "x"})
	if err != nil || len(all) != 0 {
		t.Errorf("volumes with a label none has: %v, %v", all, err)
	}
	n := s.node(t, func(sp *engine.Spec) { sp.Mounts = []engine.Mount{{Volume: v, Path: "/data"}} })
	want(t, "remove a volume in use", s.RemoveVolume(ctx, v), engine.ErrConflict)
	must(t, s.RemoveNode(ctx, n))
	must(t, s.RemoveVolume(ctx, v))
	must(t, s.RemoveVolume(ctx, v))
}

// volumeData outlives its node, and files put in before the first start go there too.
func (s *suite) volumeData(t *testing.T) {
	v := s.volume(t)
	mount := func(sp *engine.Spec) { sp.Mounts = []engine.Mount{{Volume: v, Path: "/data"}} }
	first := s.node(t, mount)
	put := archive(t, entry{tar.Header{Typeflag: tar.TypeReg, Name: "data/early", Mode: 0o644}, "before start"})
	must(t, s.CopyTo(t.Context(), first, "/", put))
	must(t, s.StartNode(t.Context(), first))
	s.awaitInit(t, first)
	s.tool(t, first, "write", "/data/late", "after start")
	must(t, s.RemoveNode(t.Context(), first))
	second := s.running(t, mount)
	for path, content := range map[string]string{"/data/early": "before start", "/data/late": "after start"} {
		if out := s.tool(t, second, "read", path); out != content {
			t.Errorf("%s in the next node: %q, want %q", path, out, content)
		}
	}
}
