package plan_test

import (
	"errors"
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
			golden(t, name+".txt", plan.Text(p))
		})
	}
}

func TestCassandraPlanHoldsNoPasswordAndNoAddress(t *testing.T) {
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
		if env := n.Env["BACKEND_STORAGE_PASSWORD"]; (env != "") != (n.Name == "control-0") || env != "" && !strings.HasPrefix(env, "${ferry-secret:") {
			t.Errorf("%s has the password %q in its environment", n.Name, env)
		}
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
