package enginetest

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
)

func (s *suite) nodeLife(t *testing.T) {
	ctx, n := t.Context(), s.node(t, nil)
	state := func(step string, w engine.State) {
		t.Helper()
		if got := s.see(t, n); got.State != w {
			t.Fatalf("%s: state %q, want %q", step, got.State, w)
		}
	}
	state("created", engine.Created)
	must(t, s.StopNode(ctx, n, time.Second))
	for range 2 {
		must(t, s.StartNode(ctx, n))
		state("started", engine.Running)
	}
	if got := s.see(t, n); time.Since(got.Started) > time.Minute || got.Address == "" {
		t.Errorf("a running node: %+v", got)
	}
	s.awaitInit(t, n)
	s.tool(t, n, "write", "/tmp/kept", "over a stop")
	for range 2 {
		must(t, s.StopNode(ctx, n, patience))
		state("stopped", engine.Exited)
	}
	must(t, s.StartNode(ctx, n))
	if out := s.tool(t, n, "read", "/tmp/kept"); out != "over a stop" {
		t.Errorf("a file after stop and start: %q", out)
	}
	for range 2 {
		must(t, s.RemoveNode(ctx, n))
		state("removed", "")
	}
}

func (s *suite) nodeNames(t *testing.T) {
	n := s.node(t, nil)
	spec := engine.Spec{Name: n, Image: s.image, Labels: s.labels()}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if err := s.CreateNode(t.Context(), spec); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	spec.Labels = foreign()
	want(t, "create another's node", s.CreateNode(t.Context(), spec), engine.ErrConflict)
	none := engine.Spec{Name: s.name("node"), Image: s.stack + ":none", Labels: s.labels()}
	want(t, "create of an image that is not there", s.CreateNode(t.Context(), none), engine.ErrNotFound)
	for range 4 {
		wg.Go(func() {
			if err := s.RemoveNode(t.Context(), n); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func (s *suite) nodeSpec(t *testing.T) {
	net := s.network(t)
	address := strings.TrimSuffix(net.Gateway, "1") + "77"
	n := s.running(t, func(sp *engine.Spec) {
		sp.Hostname, sp.Network, sp.Address = "gluster0", net.Name, address
		sp.Env = map[string]string{"GREETING": "a b=c $d"}
		sp.Tmpfs, sp.Memory, sp.CPUs = []string{"/run"}, 64<<20, 0.5
		sp.Labels["ferry.node"] = "gluster0"
	})
	for _, c := range []struct{ doing, got, want string }{
		{"environment", s.tool(t, n, "env", "GREETING"), "a b=c $d"},
		{"host name", s.tool(t, n, "hostname"), "gluster0"},
		{"user", s.tool(t, n, "uid"), "0"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %q, want %q", c.doing, c.got, c.want)
		}
	}
	s.tool(t, n, "write", "/run/file", "on the tmpfs")
	got := s.see(t, n)
	if s.has.FixedAddresses && got.Address != address || got.Memory != 64<<20 || got.Image != s.image || got.Labels[ferry.LabelNode] != "gluster0" {
		t.Errorf("listed as %+v", got)
	}
}

func (s *suite) stop(t *testing.T) {
	gentle := s.running(t, nil)
	stubborn := s.running(t, func(sp *engine.Spec) { sp.Env = map[string]string{"STUBBORN": "yes"} })
	start := time.Now()
	must(t, s.StopNode(t.Context(), gentle, patience))
	if got := s.see(t, gentle); got.ExitCode != 0 || time.Since(start) > patience/2 {
		t.Errorf("an init that ends on TERM: code %d after %s", got.ExitCode, time.Since(start))
	}
	late := s.running(t, func(sp *engine.Spec) { sp.Env = map[string]string{"LATE": "yes"} })
	must(t, s.StopNode(t.Context(), late, patience))
	if got := s.see(t, late); got.ExitCode != 0 {
		t.Errorf("an init that listens late: code %d after %s", got.ExitCode, time.Since(start))
	}
	must(t, s.StopNode(t.Context(), stubborn, 900*time.Millisecond))
	if got := s.see(t, stubborn); got.State != engine.Exited || got.ExitCode != 137 {
		t.Errorf("an init that does not: %s, code %d, want 137", got.State, got.ExitCode)
	}
}

// addresses: a taken one is a conflict, and a node has its own again after a stop.
func (s *suite) addresses(t *testing.T) {
	if !s.has.FixedAddresses {
		s.assigned(t)
		return
	}
	net := s.network(t)
	address := strings.TrimSuffix(net.Gateway, "1") + "9"
	on := func(sp *engine.Spec) { sp.Network, sp.Address = net.Name, address }
	first, second := s.running(t, on), s.node(t, on)
	want(t, "start on a taken address", s.StartNode(t.Context(), second), engine.ErrConflict)
	must(t, s.StopNode(t.Context(), first, patience))
	if got := s.see(t, first); got.Address != address {
		t.Errorf("address of a stopped node: %q, want %q", got.Address, address)
	}
	must(t, s.StartNode(t.Context(), first))
	if got := s.see(t, first); got.Address != address {
		t.Errorf("address after a restart: %q, want %q", got.Address, address)
	}
}

// assigned: the engine assigns a node that starts an address that no other has, whatever
// was asked for, and says so; one that does not run has none.
func (s *suite) assigned(t *testing.T) {
	net := s.network(t)
	on := func(sp *engine.Spec) { sp.Network, sp.Address = net.Name, "10.213.255.9" }
	first, second := s.running(t, on), s.running(t, on)
	a, b := s.see(t, first).Address, s.see(t, second).Address
	if a == "" || a == b {
		t.Errorf("two nodes have the addresses %q and %q", a, b)
	}
	must(t, s.StopNode(t.Context(), first, patience))
	if got := s.see(t, first).Address; got != "" {
		t.Errorf("a stopped node has the address %s", got)
	}
	must(t, s.StartNode(t.Context(), first))
	if got := s.see(t, first).Address; got == "" || got == b {
		t.Errorf("a node that was started again has the address %q", got)
	}
	if got := s.see(t, s.node(t, on)).Address; got != "" {
		t.Errorf("a node that was never started has the address %s", got)
	}
}

func (s *suite) ports(t *testing.T) {
	host := freePort(t)
	publish := func(sp *engine.Spec) {
		sp.Ports = []ferry.Port{{Container: EchoPort, Host: host}, {Container: 9999}}
	}
	s.running(t, publish)
	second := s.node(t, publish)
	want(t, "publish on a taken port", s.StartNode(t.Context(), second), engine.ErrConflict)
}

func (s *suite) listing(t *testing.T) {
	worker := func(sp *engine.Spec) { sp.Labels[ferry.LabelService] = "se-a" }
	a, b := s.node(t, worker), s.running(t, nil)
	for _, c := range []struct {
		name   string
		labels map[string]string
		a, b   bool
	}{
		{"both labels", map[string]string{ferry.LabelStack: s.stack, ferry.LabelService: "se-a"}, true, false},
		{"one label", map[string]string{ferry.LabelStack: s.stack}, true, true},
		{"another value", map[string]string{ferry.LabelStack: s.stack, ferry.LabelService: "se-b"}, false, false},
		{"any value", map[string]string{ferry.LabelStack: s.stack, ferry.LabelService: ""}, true, false},
	} {
		all, err := s.ListNodes(t.Context(), c.labels)
		must(t, err)
		found := map[string]bool{}
		for _, n := range all {
			found[n.Name] = true
		}
		if found[a] != c.a || found[b] != c.b {
			t.Errorf("%s: %v", c.name, found)
		}
	}
}

// gone: a missing node is removed already and cannot do anything else.
func (s *suite) gone(t *testing.T) {
	ctx, none := t.Context(), s.stack+"-none"
	must(t, s.RemoveNode(ctx, none))
	must(t, s.RemoveVolume(ctx, none))
	must(t, s.RemoveNetwork(ctx, none))
	_, execErr := s.Exec(ctx, none, engine.Exec{Command: command("echo")})
	_, copyErr := s.CopyFrom(ctx, none, "/tool")
	_, dialErr := s.Dial(ctx, none, EchoPort)
	for doing, err := range map[string]error{
		"start": s.StartNode(ctx, none), "stop": s.StopNode(ctx, none, 0), "exec": execErr, "dial": dialErr,
		"copy to": s.CopyTo(ctx, none, "/", archive(t)), "copy from": copyErr, "logs": s.Logs(ctx, none, engine.Logs{}, &strings.Builder{}),
	} {
		want(t, doing, err, engine.ErrNotFound)
	}
}
