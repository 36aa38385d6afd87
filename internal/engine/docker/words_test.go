package docker

import (
	"net/netip"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/events"
	"github.com/moby/moby/api/types/network"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
)

func TestCreateOptions(t *testing.T) {
	got, err := createOptions(engine.Spec{
		Name: "n", Hostname: "h", Image: "i", Env: map[string]string{"B": "2", "A": "1"}, Network: "net", Address: "10.1.2.3",
		Ports:        []ferry.Port{{Container: 80, Host: 8080}, {Container: 443, Host: 8443, Address: "0.0.0.0"}, {Container: 9}},
		Capabilities: []string{"SYS_ADMIN"}, Devices: []string{"/dev/fuse"}, Memory: 100, CPUs: 1.5, Processes: 7, Tmpfs: []string{"/run"},
		Mounts: []engine.Mount{{Volume: "v", Path: "/data"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	h := got.HostConfig
	for _, c := range []struct {
		name      string
		got, want any
	}{
		{"privileged", h.Privileged, false},
		{"dropped", []string(h.CapDrop), []string{"ALL"}},
		{"added", []string(h.CapAdd), []string{"SYS_ADMIN"}},
		{"init", *h.Init, false},
		{"memory and swap", []int64{h.Memory, h.MemorySwap, h.NanoCPUs}, []int64{100, 100, 1_500_000_000}},
		{"log", h.LogConfig.Config, map[string]string{"max-size": "10m", "max-file": "3"}},
		{"environment", got.Config.Env, []string{"A=1", "B=2"}},
		{"address", got.NetworkingConfig.EndpointsConfig["net"].IPAMConfig.IPv4Address.String(), "10.1.2.3"},
		{"published here", h.PortBindings[network.MustParsePort("80/tcp")], []network.PortBinding{{HostIP: netip.MustParseAddr("127.0.0.1"), HostPort: "8080"}}},
		{"published everywhere", h.PortBindings[network.MustParsePort("443/tcp")], []network.PortBinding{{HostIP: netip.MustParseAddr("0.0.0.0"), HostPort: "8443"}}},
		{"not published", len(h.PortBindings), 2},
		{"shared memory", h.ShmSize, int64(50)},
		{"processes", *h.PidsLimit, int64(7)},
		{"volume", h.Mounts[0].Source + h.Mounts[0].Target, "v/data"},
		{"device", h.Devices[0].PathInContainer, "/dev/fuse"},
	} {
		if !reflect.DeepEqual(c.got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, c.got, c.want)
		}
	}
	if plain, _ := createOptions(engine.Spec{}); plain.HostConfig.PidsLimit != nil || plain.NetworkingConfig != nil {
		t.Errorf("a plain node: %+v", plain.HostConfig)
	}
}

func TestCreateOptionsFaults(t *testing.T) {
	for name, s := range map[string]engine.Spec{
		"address": {Network: "n", Address: "ten"}, "port": {Ports: []ferry.Port{{Container: 70000}}},
		"host address": {Ports: []ferry.Port{{Container: 80, Host: 80, Address: "here"}}},
	} {
		if _, err := createOptions(s); err == nil {
			t.Errorf("a wrong %s was taken", name)
		}
	}
}

func TestView(t *testing.T) {
	net := map[string]*network.EndpointSettings{"n": {IPAMConfig: &network.EndpointIPAMConfig{IPv4Address: netip.MustParseAddr("10.0.0.9")}}}
	c := container.InspectResponse{
		Name: "/n", Config: &container.Config{Image: "i", Labels: map[string]string{"a": "b"}}, HostConfig: &container.HostConfig{},
		State:           &container.State{Status: container.StateExited, ExitCode: 7, StartedAt: "2026-01-02T03:04:05.6Z"},
		NetworkSettings: &container.NetworkSettings{Networks: net},
	}
	got := view(c)
	want := engine.Node{
		Name: "n", Image: "i", Labels: map[string]string{"a": "b"}, State: engine.Exited, ExitCode: 7, Address: "10.0.0.9",
		Started: time.Date(2026, 1, 2, 3, 4, 5, 600_000_000, time.UTC),
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v\nwant %+v", got, want)
	}
	c.State.StartedAt = "0001-01-01T00:00:00Z"
	if got := view(c); !got.Started.IsZero() {
		t.Errorf("never started: %v", got.Started)
	}
}

func TestState(t *testing.T) {
	for s, want := range map[container.ContainerState]engine.State{
		"created": engine.Created, "running": engine.Running, "restarting": engine.Running, "paused": engine.Paused,
		"exited": engine.Exited, "dead": engine.Exited, "removing": engine.Exited,
	} {
		if got := state(s); got != want {
			t.Errorf("%s: %s, want %s", s, got, want)
		}
	}
}

func TestEvent(t *testing.T) {
	got := event(events.Message{Action: events.ActionDie, Actor: events.Actor{Attributes: map[string]string{
		"name": "n", "image": "i", "exitCode": "9", "execDuration": "1", "ferry": "1",
	}}})
	want := engine.Event{Node: "n", Labels: map[string]string{"ferry": "1"}, State: engine.Exited, ExitCode: 9}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
}

func TestViews(t *testing.T) {
	p := func(s string) network.IPAMConfig { return network.IPAMConfig{Subnet: netip.MustParsePrefix(s)} }
	n := network.Network{Name: "n", IPAM: network.IPAM{Config: []network.IPAMConfig{p("10.0.0.0/24"), p("fd00::/64"), p("10.9.0.0/24")}}}
	var subnets []string
	for _, v := range views(n) {
		subnets = append(subnets, v.Subnet)
	}
	if !slices.Equal(subnets, []string{"10.0.0.0/24", "10.9.0.0/24"}) {
		t.Errorf("%v", subnets)
	}
	if got := views(network.Network{Name: "host"}); len(got) != 1 || got[0].Subnet != "" {
		t.Errorf("%v", got)
	}
}
