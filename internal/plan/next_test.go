package plan_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/plan"
)

func next(t *testing.T, prev *ferry.Plan, in plan.Input) ferry.Plan {
	t.Helper()
	p, err := plan.Next(prev, in)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// applications are one of each kind of stack there is a plan's test of.
func applications() map[string]ferry.Application {
	ports := openmpi(1, 1)
	ports.Connectors[0].Ports = []ferry.PortRequest{{Container: 8080}, {Host: 20000, Container: 80}}
	return map[string]ferry.Application{
		"openmpi": openmpi(3, 2), "ports": ports, "hadoop": hadoopApp(2), "cassandra": ringApp(3),
	}
}

func hadoopApp(n int) ferry.Application {
	return ferry.Application{
		Name: "hadoop",
		Backends: []ferry.Backend{{Storage: ferry.Service{
			Path: "backend[0].storage", Personality: "hadoop", Instances: n, Layers: []string{"hive"},
		}}},
		Connectors: []ferry.Service{{Path: "connectors[0]", Personality: "hadoop-client", Instances: 1}},
	}
}

func ringApp(n int) ferry.Application {
	return ferry.Application{
		Name: "cassandra",
		Backends: []ferry.Backend{{Storage: ferry.Service{
			Path: "backend[0].storage", Personality: "cassandra", Instances: n, Layers: []string{"titan"},
			Args: map[string]string{"db": "users"},
		}}},
		Connectors: []ferry.Service{{Path: "connectors[0]", Personality: "cassandra-client", Instances: 1}},
	}
}

func TestNextOfTheSameIsTheSame(t *testing.T) {
	for name, a := range applications() {
		t.Run(name, func(t *testing.T) {
			in := input(a)
			p := next(t, nil, in)
			for _, n := range p.Nodes {
				for _, port := range n.Ports {
					in.Observed.Ports = append(in.Observed.Ports, port.Host) // it listens there by now
				}
			}
			in.Observed.Subnets = []string{p.Network.Subnet}
			if diff := cmp.Diff(p, next(t, &p, in)); diff != "" {
				t.Errorf("the plan after a plan of the same file differs (-first +next):\n%s", diff)
			}
		})
	}
}

// Nothing of what stays moves, whatever else is added to a stack or taken from it.
func TestNextKeepsWhatStays(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		backends := 1 + random.IntN(2)
		a := someApplication(random, backends)
		p := next(t, nil, roomy(a))
		for range 4 {
			a = someApplication(random, backends)
			q := next(t, &p, roomy(a))
			compareStaying(t, p, q)
			if t.Failed() {
				t.Fatalf("from %s\nto %s", plan.Text(p, nil), plan.Text(q, nil))
			}
			p = q
		}
	}
}

// someApplication has some backends, up to three computes each, and up to three connectors.
func someApplication(random *rand.Rand, backends int) ferry.Application {
	a := ferry.Application{Name: "any"}
	for i := range backends {
		b := ferry.Backend{Storage: ferry.Service{Path: fmt.Sprintf("backend[%d].storage", i), Personality: "gluster", Instances: 1 + random.IntN(3)}}
		for j := range random.IntN(3) {
			b.Compute = append(b.Compute, ferry.Service{Path: fmt.Sprintf("backend[%d].compute[%d]", i, j), Personality: "mpi", Instances: 1 + random.IntN(4)})
		}
		a.Backends = append(a.Backends, b)
	}
	names := []string{"", "lab", "desk"}
	random.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	for i, name := range names[:1+random.IntN(3)] {
		a.Connectors = append(a.Connectors, ferry.Service{
			Path: fmt.Sprintf("connectors[%d]", i), Personality: "mpi-client", Name: name, Instances: 1,
			Ports: []ferry.PortRequest{{Container: 8000 + i}},
		})
	}
	return a
}

func compareStaying(t *testing.T, p, q ferry.Plan) {
	t.Helper()
	if p.Network != q.Network || p.Lineage != q.Lineage {
		t.Error("the network or the lineage changes")
	}
	taken := map[string]string{}
	for _, n := range q.Nodes {
		for _, what := range []string{n.Name, n.Address} {
			if other, ok := taken[what]; ok {
				t.Errorf("%s and %s share %s", other, n.Name, what)
			}
			taken[what] = n.Name
		}
		old, stays := p.Node(n.Name)
		if !stays {
			continue
		}
		if old.Service != n.Service || old.Address != n.Address || old.Resources.Memory != n.Resources.Memory {
			t.Errorf("%s was %s %s %d, is %s %s %d", n.Name, old.Service, old.Address, old.Resources.Memory, n.Service, n.Address, n.Resources.Memory)
		}
		for _, port := range n.Ports {
			had := slices.IndexFunc(old.Ports, func(o ferry.Port) bool { return o.Container == port.Container })
			if had >= 0 && old.Ports[had].Host != port.Host {
				t.Errorf("%s:%d was published on %d, is on %d", n.Name, port.Container, old.Ports[had].Host, port.Host)
			}
		}
	}
	for _, s := range q.Services {
		if old, stays := p.Service(s.ID); stays && old.Spec.Personality != s.Spec.Personality {
			t.Errorf("%s was a %s, is a %s", s.ID, old.Spec.Personality, s.Spec.Personality)
		}
	}
}

// A stack that begins with another's data has its own network and ports, and all that
// is written into the data from the other.
func TestNextOfAnotherStackKeepsItsData(t *testing.T) {
	for name, a := range applications() {
		t.Run(name, func(t *testing.T) {
			p := next(t, nil, input(a))
			in := input(a)
			in.Stack = "sa-11111111"
			in.Observed.Subnets = []string{p.Network.Subnet}
			for _, n := range p.Nodes {
				for _, port := range n.Ports {
					in.Observed.Ports = append(in.Observed.Ports, port.Host)
				}
			}
			for i := range in.Application.Connectors {
				in.Application.Connectors[i].Ports = nil
			}
			q := next(t, &p, in)
			if q.Lineage != p.Lineage || q.Network.Subnet == p.Network.Subnet || q.Network.Name == p.Network.Name {
				t.Errorf("lineage %s, network %s %s", q.Lineage, q.Network.Name, q.Network.Subnet)
			}
			for i, n := range q.Nodes {
				old := p.Nodes[i]
				if n.Name != old.Name || n.Service != old.Service || n.Container == old.Container || n.Address == old.Address {
					t.Errorf("%s of %s at %s in %s was %s of %s at %s in %s", n.Name, n.Service, n.Address, n.Container, old.Name, old.Service, old.Address, old.Container)
				}
				compareFiles(t, old, n)
			}
		})
	}
}

// compareFiles: configuration speaks names, so all but the list of addresses is the same.
func compareFiles(t *testing.T, old, n ferry.Node) {
	t.Helper()
	for _, f := range n.Files {
		if f.Path != "/etc/ferry/hosts" && !slices.Contains(old.Files, f) {
			t.Errorf("%s of %s is another one", f.Path, n.Name)
		}
		if strings.Contains(f.Content, "sa-") {
			t.Errorf("%s of %s speaks of a stack", f.Path, n.Name)
		}
	}
}

func TestNextHasItsMemoryAgain(t *testing.T) {
	in := input(openmpi(1, 2))
	in.Host.Memory = 4 << 30 // too little for all to have their wish
	p := next(t, nil, in)
	in.Application = openmpi(1, 1)
	if q := next(t, &p, in); memory(t, q, "openmpi0") != memory(t, p, "openmpi0") {
		t.Error("a node has another memory because one has left")
	}
	in.Application = openmpi(1, 40)
	if _, err := plan.Next(&p, in); err == nil || !strings.Contains(err.Error(), "of memory") {
		t.Errorf("forty nodes fit in 4 GiB: %v", err)
	}
	in.Application = openmpi(1, 2)
	in.Application.Backends[0].Compute[0].Resources.Memory = 512 << 20
	if q := next(t, &p, in); memory(t, q, "openmpi0") != 512<<20 {
		t.Error("the file asks for another memory in vain")
	}
}

func memory(t *testing.T, p ferry.Plan, node string) int64 {
	t.Helper()
	n, ok := p.Node(node)
	if !ok {
		t.Fatalf("there is no %s", node)
	}
	return n.Resources.Memory
}

func TestNextIsFull(t *testing.T) {
	in := input(openmpi(1, 1))
	p := next(t, nil, in)
	in.Application = openmpi(1, 70)
	in.Host.Memory = 1 << 40
	if _, err := plan.Next(&p, in); ferry.CodeOf(err) != ferry.Conflict || !strings.Contains(err.Error(), "no room for 73 nodes") {
		t.Errorf("got %v", err)
	}
}

func TestNextRefusesToLoseData(t *testing.T) {
	p := next(t, nil, input(hadoopApp(2)))
	other := hadoopApp(2)
	other.Backends[0].Storage = ferry.Service{Path: "backend[0].storage", Personality: "gluster", Instances: 2}
	fewer := openmpi(3, 2)
	fewer.Backends[0].Storage.Instances = 4
	m := next(t, nil, input(openmpi(3, 2)))
	noHive := hadoopApp(2)
	noHive.Backends[0].Storage.Layers = nil
	for name, c := range map[string]struct {
		prev       *ferry.Plan
		app        ferry.Application
		path, says string
	}{
		"another storage": {&p, other, "backend[0].storage", "the storage hadoop cannot be taken out"},
		"a layer less":    {&p, noHive, "backend[0].storage.layers[0]", "the layer hive cannot be taken out"},
		"a brick more":    {&m, fewer, "backend[0].storage.instances", "which 4 bricks cannot be"},
	} {
		_, err := plan.Next(c.prev, input(c.app))
		faults, ok := errors.AsType[ferry.Faults](err)
		if !ok || !slices.ContainsFunc(faults, func(f ferry.Fault) bool { return f.Path == c.path && strings.Contains(f.Message, c.says) }) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
