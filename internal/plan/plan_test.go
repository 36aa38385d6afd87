package plan_test

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/personality/all"
	"github.com/ferry-project/ferry/internal/plan"
)

var update = flag.Bool("update", false, "write the golden files anew")

const gibibyte = 1 << 30

// openmpi is the original's first example: n bricks, n nodes, a client.
func openmpi(bricks, nodes int) ferry.Application {
	return ferry.Application{
		Name: "openmpi",
		Backends: []ferry.Backend{{
			Storage: ferry.Service{Path: "backend[0].storage", Personality: "gluster", Instances: bricks},
			Compute: []ferry.Service{{Path: "backend[0].compute[0]", Personality: "mpi", Instances: nodes}},
		}},
		Connectors: []ferry.Service{{Path: "connectors[0]", Personality: "mpi-client", Name: "control-0", Instances: 1}},
	}
}

func input(a ferry.Application) plan.Input {
	return plan.Input{
		Stack: "sa-00000000", Application: a, Catalogue: all.Personalities(),
		Host:   ferry.Host{ID: ferry.LocalHost, Memory: 24 * gibibyte, CPUs: 2},
		Images: map[string]string{"gluster": "ferry/gluster:1", "openmpi": "ferry/openmpi:1", "mpi-client": "ferry/mpi-client:1"},
	}
}

func TestGolden(t *testing.T) {
	twoBackends := openmpi(3, 2)
	twoBackends.Backends = append(twoBackends.Backends, ferry.Backend{
		Storage: ferry.Service{Path: "backend[1].storage", Personality: "gluster", Instances: 1},
	})
	ports := openmpi(1, 1)
	ports.Connectors[0].Ports = []ferry.PortRequest{{Container: 8080}, {Host: 20000, Container: 80}, {Address: "0.0.0.0", Host: 9000, Container: 90}}
	ports.Connectors[0].Env = map[string]string{"LESSON": "one $HOME"}
	cases := map[string]ferry.Application{
		"openmpi": openmpi(2, 2), "six-bricks": openmpi(6, 2), "disperse": openmpi(5, 1),
		"two-backends": twoBackends, "ports": ports,
	}
	for name, a := range cases {
		t.Run(name, func(t *testing.T) {
			p, err := plan.New(input(a))
			if err != nil {
				t.Fatal(err)
			}
			golden(t, name+".txt", text(t, p))
		})
	}
}

// text is a plan with the operations of its first start.
func text(t *testing.T, p ferry.Plan) string {
	t.Helper()
	return plan.Text(p, change(t, plan.Past{}, plan.Goal{Plan: &p}, plan.Have{}))
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs (-want +got; -update writes it anew):\n%s", name, diff)
	}
}

func TestSameInputSameBytes(t *testing.T) {
	var first []byte
	for range 20 {
		p, err := plan.New(input(openmpi(3, 3)))
		if err != nil {
			t.Fatal(err)
		}
		got, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = got
		}
		if string(got) != string(first) {
			t.Fatal("two plans of the same input differ")
		}
	}
}

func TestPlanHoldsNoSecretAndNoAddressInConfiguration(t *testing.T) {
	p, err := plan.New(input(openmpi(3, 2)))
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range p.Nodes {
		for _, f := range n.Files {
			if f.Path != "/etc/ferry/hosts" && strings.Contains(f.Content, "10.210.") {
				t.Errorf("%s in %s speaks of an address", f.Path, n.Name)
			}
		}
		for k, v := range n.Env {
			if strings.Contains(v, "10.210.") {
				t.Errorf("%s of %s is an address", k, n.Name)
			}
		}
	}
}

func TestFaults(t *testing.T) {
	many := openmpi(1, 1)
	many.Backends[0].Compute[0].Instances = 10000
	odd := openmpi(17, 1)
	odd.Backends[0].Storage.Args = map[string]string{"layout": "replica"}
	layout := openmpi(2, 1)
	layout.Backends[0].Storage.Args = map[string]string{"layout": "raid"}
	slots := openmpi(2, 1)
	slots.Backends[0].Compute[0].Args = map[string]string{"slots": "many"}
	memory := openmpi(2, 1)
	memory.Connectors[0].Resources.Memory = 64 * gibibyte
	port := openmpi(1, 1)
	port.Connectors[0].Ports = []ferry.PortRequest{{Host: 22, Container: 22}}
	unknown := openmpi(1, 1)
	unknown.Connectors[0].Personality = "abacus"
	cases := map[string]struct {
		app  ferry.Application
		path string
		says string
	}{
		"ten thousand nodes": {many, "backend[0].compute[0].instances", "at least 1250."},
		"uneven replica":     {odd, "backend[0].storage.instances", "17 bricks cannot be laid out evenly"},
		"unknown layout":     {layout, "backend[0].storage.args.layout", `no layout "raid"`},
		"slots":              {slots, "backend[0].compute[0].args.slots", `slots is "many"`},
		"too much memory":    {memory, "connectors[0].resources.memory", "64.0 GiB"},
		"port in use":        {port, "connectors[0].ports[0]", "host port 22 is taken"},
		"unknown":            {unknown, "connectors[0].personality", `no personality "abacus"`},
		"empty":              {ferry.Application{}, "", "neither a backend nor a connector"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			in := input(c.app)
			in.Observed.Ports = []int{22}
			_, err := plan.New(in)
			var faults ferry.Faults
			if !errors.As(err, &faults) {
				t.Fatalf("got %v, want faults", err)
			}
			if faults[0].Path != c.path || !strings.Contains(faults[0].Message, c.says) {
				t.Errorf("got %s, want %q at %q", faults[0], c.says, c.path)
			}
		})
	}
}

func TestAllFaultsOfAllServicesAtOnce(t *testing.T) {
	a := openmpi(2, 1)
	a.Backends[0].Storage.Args = map[string]string{"layout": "raid"}
	a.Backends[0].Compute[0].Args = map[string]string{"slots": "0"}
	a.Connectors[0].Resources.Memory = 64 * gibibyte
	a.Connectors[0].Ports = []ferry.PortRequest{{Container: 80}, {Host: 22, Container: 22}, {Host: 23, Container: 23}, {Host: 23, Container: 24}}
	in := input(a)
	in.Observed.Ports = []int{22}
	_, err := plan.New(in)
	var faults ferry.Faults
	if !errors.As(err, &faults) {
		t.Fatalf("got %v, want faults", err)
	}
	var at []string
	for _, f := range faults {
		at = append(at, f.Path)
	}
	want := []string{
		"backend[0].storage.args.layout", "backend[0].compute[0].args.slots",
		"connectors[0].ports[1]", "connectors[0].ports[3]", "connectors[0].resources.memory",
	}
	if !slices.Equal(at, want) {
		t.Errorf("faults at %v, want %v", at, want)
	}
}
