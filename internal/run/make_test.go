package run

import (
	"maps"
	"reflect"
	"testing"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/secret"
)

func TestNodeIsMadeAsPlanned(t *testing.T) {
	try(t, func(t *testing.T, b *bench) {
		n := &b.graph.Plan.Nodes[0]
		n.Env = map[string]string{"PW": ferry.SecretRef("db", secret.Value), "USER": "ferry"}
		n.Tmpfs = []string{"/tmp", "/run"}
		n.Ports = []ferry.Port{{Container: 22, Host: 2222, Address: "127.0.0.1"}}
		n.Capabilities = []ferry.Capability{{Name: "SYS_ADMIN", Why: "it mounts"}}
		n.Devices = []ferry.Capability{{Name: "/dev/fuse", Why: "it mounts"}}
		n.Resources = ferry.Resources{Memory: 1 << 30, CPUs: 0.5}
		if _, err := b.walk(t); err != nil {
			t.Fatal(err)
		}
		got, _ := b.engine.Spec("fy-1-a0")
		want := engine.Spec{
			Name: "fy-1-a0", Hostname: "a0", Image: "ferry/base:1", Network: "fy-1", Address: "10.1.0.2",
			Env: map[string]string{"PW": password, "USER": "ferry"},
			Labels: map[string]string{
				"ferry": "1.2.3", "ferry.home": "/home/me/.ferry", "ferry.stack": "sa-1", "ferry.job": "jo-1",
				"ferry.service": "se-a", "ferry.node": "a0", "ferry.host": "local",
			},
			Mounts: []engine.Mount{{Volume: "fy-1-a0-brick", Path: "/data"}},
			Tmpfs:  []string{"/run", "/tmp"}, Ports: n.Ports,
			Capabilities: []string{"SYS_ADMIN"}, Devices: []string{"/dev/fuse"}, Memory: 1 << 30, CPUs: 0.5,
		}
		if len(got.Files) == 0 {
			t.Error("it has no files")
		}
		if got.Files = nil; !reflect.DeepEqual(got, want) {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
		if n.Env["PW"] == password {
			t.Error("the secret is in the plan")
		}
	})
}

func TestNetworkAndVolumesBearLabels(t *testing.T) {
	try(t, func(t *testing.T, b *bench) {
		if _, err := b.walk(t); err != nil {
			t.Fatal(err)
		}
		networks, _ := b.engine.ListNetworks(t.Context())
		n := networks[0]
		if n.Name != "fy-1" || n.Subnet != "10.1.0.0/24" || n.Gateway != "10.1.0.1" {
			t.Errorf("network: %+v", n)
		}
		plan, err := DecodePlan(n.Labels[ferry.LabelPlan])
		if err != nil || !reflect.DeepEqual(plan, b.graph.Plan) {
			t.Errorf("plan in the label: %+v, %v", plan, err)
		}
		delete(n.Labels, ferry.LabelPlan)
		want := map[string]string{"ferry": "1.2.3", "ferry.home": "/home/me/.ferry", "ferry.stack": "sa-1", "ferry.host": "local", "ferry.job": "jo-1"}
		if !maps.Equal(n.Labels, want) {
			t.Errorf("network labels: %v", n.Labels)
		}
		volumes, _ := b.engine.ListVolumes(t.Context(), map[string]string{ferry.LabelNode: "a1"})
		want[ferry.LabelService], want[ferry.LabelNode] = "se-a", "a1"
		if len(volumes) != 1 || volumes[0].Name != "fy-1-a1-brick" || !maps.Equal(volumes[0].Labels, want) {
			t.Errorf("volumes: %+v", volumes)
		}
		volumes, _ = b.engine.ListVolumes(t.Context(), map[string]string{ferry.LabelPlan: ""})
		if plan, err := DecodePlan(volumes[0].Labels[ferry.LabelPlan]); len(volumes) != 1 || err != nil || !reflect.DeepEqual(plan, b.graph.Plan) {
			t.Errorf("volumes with the plan: %+v, %v", volumes, err)
		}
	})
}

func TestDecodePlanRefusesWhatIsNone(t *testing.T) {
	good, err := EncodePlan(&ferry.Plan{Stack: "sa-1"})
	if err != nil {
		t.Fatal(err)
	}
	for name, label := range map[string]string{"empty": "", "not base64": "%", "not gzip": "aGVsbG8=", "cut": good[:len(good)-12]} {
		if p, err := DecodePlan(label); err == nil {
			t.Errorf("%s: got %+v", name, p)
		}
	}
	if again, _ := EncodePlan(&ferry.Plan{Stack: "sa-1"}); again != good {
		t.Error("equal plans give different labels")
	}
}
