package plan_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/plan"
)

// cassandra is a ring of n nodes with a graph on it and a client.
func cassandra(n int, args map[string]string) ferry.Application {
	return ferry.Application{
		Name: "cassandra",
		Backends: []ferry.Backend{{Storage: ferry.Service{
			Path: "backend[0].storage", Personality: "cassandra", Instances: n, Layers: []string{"titan"}, Args: args,
		}}},
		Connectors: []ferry.Service{{Path: "connectors[0]", Personality: "cassandra-client", Name: "control-0", Instances: 1}},
	}
}

func TestGoldenCassandra(t *testing.T) {
	lesson := cassandra(1, map[string]string{"db": "users", "auth": "none", "durability": "periodic"})
	lesson.Backends[0].Storage.Layers = nil
	for name, a := range map[string]ferry.Application{
		"cassandra":        cassandra(3, map[string]string{"db": "users"}),
		"cassandra-lesson": lesson,
		"cassandra-server": cassandra(3, map[string]string{"db": "users", "profile": "server", "durability": "group"}),
	} {
		t.Run(name, func(t *testing.T) {
			p, err := plan.New(input(a))
			if err != nil {
				t.Fatal(err)
			}
			golden(t, name+".txt", text(t, p))
		})
	}
}

func TestCassandraPlanHoldsNoAddress(t *testing.T) {
	p, err := plan.New(input(cassandra(3, map[string]string{"db": "users"})))
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range p.Nodes {
		for _, f := range n.Files {
			if f.Path != "/etc/ferry/hosts" && strings.Contains(f.Content, "10.210.") {
				t.Errorf("%s in %s speaks of an address", f.Path, n.Name)
			}
		}
	}
}

// A password goes to the files of those who need it, readable by nobody else.
func TestSecretsAreInNoEnvironment(t *testing.T) {
	apps := map[string]ferry.Application{
		"openmpi": openmpi(3, 2), "cassandra": cassandra(3, map[string]string{"db": "users"}), "two rings": rings(),
		"hive": withHive(hadoop(2, nil)), "yarn on gluster": withHive(yarnOn("gluster")), "yarn on hadoop": withHive(yarnOn("hadoop")),
	}
	for name, a := range apps {
		p, err := plan.New(hadoopInput(a))
		if err != nil {
			t.Fatal(err)
		}
		for what, env := range environments(p) {
			for k, v := range env {
				if ferry.HoldsSecret(v) || strings.Contains(k, "PASSWORD") && !strings.HasSuffix(k, "_FILE") {
					t.Errorf("%s: %s has %s=%s", name, what, k, v)
				}
			}
		}
		for _, n := range p.Nodes {
			for _, f := range n.Files {
				if strings.Contains(f.Content, ".value}") && f.Mode != 0o600 {
					t.Errorf("%s: %s of %s has mode %o", name, f.Path, n.Name, f.Mode)
				}
			}
		}
	}
}

// environments are those of nodes, processes, tasks, and of commands on the host.
func environments(p ferry.Plan) map[string]map[string]string {
	all := map[string]map[string]string{"the host": ferry.BackendEnv(p.Exports())}
	for _, n := range p.Nodes {
		all[n.Name] = n.Env
		for _, pr := range n.Processes {
			all[pr.Name+" of "+n.Name] = pr.Env
		}
	}
	for _, s := range p.Services {
		for _, task := range slices.Concat(s.Tasks, s.Tests) {
			all["task "+task.Name+" of "+task.Node] = task.Env
		}
	}
	return all
}

func TestClientsFindThePasswordOfTheirRing(t *testing.T) {
	p, err := plan.New(input(rings()))
	if err != nil {
		t.Fatal(err)
	}
	n, _ := p.Node("control-0")
	for variable, ring := range map[string]int{"BACKEND_STORAGE": 0, "BACKEND_STORAGE_2": 2} {
		path := n.Env[variable+"_PASSWORD_FILE"]
		i := slices.IndexFunc(n.Files, func(f ferry.File) bool { return f.Path == path })
		if i < 0 || n.Files[i].Owner != "ferry" || n.Files[i].Content != ferry.SecretRef("cassandra-"+p.Services[ring].ID, "value") {
			t.Errorf("%s: %q, %+v", variable, path, n.Files)
		}
		if n.Env[variable+"_USER"] != "ferry" || n.Env[variable+"_IP"] == "" {
			t.Errorf("%s: %v", variable, n.Env)
		}
	}
}

func TestSecretInAUsersEnvironmentIsRefused(t *testing.T) {
	a := cassandra(1, map[string]string{"db": "users"})
	a.Connectors[0].Env = map[string]string{"OPEN": "x", "PASSWORD": ferry.SecretRef("cassandra-se-9cff027d", "value")}
	_, err := plan.New(input(a))
	var faults ferry.Faults
	if !errors.As(err, &faults) || len(faults) != 1 || faults[0].Path != "connectors[0].env.PASSWORD" {
		t.Errorf("got %v", err)
	}
}

func TestCassandraFaults(t *testing.T) {
	small := input(cassandra(3, map[string]string{"db": "users"}))
	small.Host.Memory = 2 * gibibyte
	large := cassandra(3, map[string]string{"db": "users"})
	large.Backends[0].Storage.Resources.Memory = 12 * gibibyte
	for name, c := range map[string]struct {
		in         plan.Input
		path, says string
	}{
		"no name of the graph":      {input(cassandra(3, nil)), "backend[0].storage.args.db", "needs the name of its graph"},
		"name no keyspace has":      {input(cassandra(3, map[string]string{"db": "my-users"})), "backend[0].storage.args.db", `"my-users" cannot be the name of a keyspace`},
		"replication above count":   {input(cassandra(2, map[string]string{"db": "users", "replication": "3"})), "backend[0].storage.args.replication", "there are 2 nodes"},
		"host too small":            {small, "backend[0].storage.instances", "the stack needs at least 3.0 GiB of memory (cassandra 2.2 GiB + titan 640 MiB + cassandra-client 128 MiB)"},
		"too much memory asked for": {input(large), "backend[0].storage.resources.memory", "36.0 GiB"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := plan.New(c.in)
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

func TestFaultsOfALayerAreFoundBesideThoseOfItsStorage(t *testing.T) {
	_, err := plan.New(input(cassandra(2, map[string]string{"db": "my-users", "replication": "3"})))
	var faults ferry.Faults
	if !errors.As(err, &faults) || len(faults) != 2 {
		t.Fatalf("got %v, want two faults", err)
	}
}
