package stack

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/personality"
	"github.com/ferry-project/ferry/internal/secret"
	"github.com/ferry-project/ferry/internal/state"
)

// Of every application, the files of its machines are enough to get all its secrets
// back: a personality that has one must put it into a file of its own.
func TestEverySecretCanBeRecalled(t *testing.T) {
	s := newWorld(t).boot()
	s.Planner.Refs = everyRecipe(s.Catalogue.Cards())
	graph := "backend: {storage: {personality: cassandra, layers: [titan], args: {db: users}}}\nconnectors: [{personality: cassandra-client}]\n"
	for target, text := range map[string][]byte{
		"openmpi": nil, "yarn": nil, "hadoop": nil, "cassandra": nil, "hadoop:1+hive": nil, "gluster:2+mpi:2": nil, "graph.yaml": []byte(graph),
	} {
		t.Run(target, func(t *testing.T) {
			p, err := s.Plan(ctx, api.Source{Target: target, Text: text})
			if err != nil {
				t.Fatal(err)
			}
			specs := p.Secrets()
			values, err := secret.Generate(specs)
			if err != nil {
				t.Fatal(err)
			}
			found := secret.Values{}
			for _, n := range p.Nodes {
				for _, f := range n.Files {
					content, err := values.Fill(f.Content)
					if err != nil {
						t.Fatal(err)
					}
					found = found.With(secret.Recall(f.Content, content, specs))
				}
			}
			for _, name := range slices.Sorted(maps.Keys(values)) {
				if !maps.Equal(found[name], values[name]) {
					t.Errorf("%s is in no file", name)
				}
			}
		})
	}
}

func everyRecipe(cards []personality.Card) map[string]string {
	refs := map[string]string{}
	for _, c := range cards {
		refs[c.Recipe], refs[c.Name] = "ferry/"+c.Recipe+":1", "ferry/"+c.Name+":1"
	}
	return refs
}

// A record is lost, with some of the containers or all; then a start.
func TestAdoptedStackStartsOnItsData(t *testing.T) {
	for name, lost := range map[string][]string{
		"nothing else lost": nil, "a container lost": {"openmpi0"}, "all lost": {"gluster0", "mount0", "openmpi0", "openmpi1", "mpi-client0"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			s := w.boot()
			id := s.done(s.Start(ctx, request("gluster:1+mpi:2"))).Stack
			key := "/service/conf/ssh/id_ed25519"
			was, _ := w.engine.File("ferry-"+id+"-mpi-client0", key)
			s.done(s.Stop(ctx, id))
			s.close()
			w.dir = inMemory(t)
			for _, n := range lost {
				if err := w.engine.RemoveNode(ctx, "ferry-"+id+"-"+n); err != nil {
					t.Fatal(err)
				}
			}
			before := w.volumes()
			next := w.boot()
			if _, err := next.Adopt(ctx); err != nil {
				t.Fatal(err)
			}
			next.done(next.Start(ctx, request(id)))
			if now := w.volumes(); len(before) != 4 || fmt.Sprint(now) != fmt.Sprint(before) {
				t.Errorf("volumes were %v, are %v", before, now)
			}
			client, _ := w.engine.File("ferry-"+id+"-mpi-client0", key)
			for _, n := range []string{"openmpi0", "openmpi1"} {
				if k, ok := w.engine.File("ferry-"+id+"-"+n, key); !ok || k != client {
					t.Errorf("%s has another key than the client", n)
				}
			}
			if len(lost) < 5 && client != was {
				t.Error("the key that a machine held was made anew")
			}
		})
	}
}

// The key of a machine that was lost in the middle of handing out a new one is
// brought in step by the next start.
func TestKeysAreOneAfterAFailedRenewal(t *testing.T) {
	w := newWorld(t)
	id := w.adopted()
	key := "/service/conf/ssh/id_ed25519"
	for _, n := range []string{"openmpi0", "mpi-client0"} {
		w.engine.PutFile("ferry-"+id+"-"+n, key, "lost")
		w.engine.PutFile("ferry-"+id+"-"+n, "/service/conf/ssh/host_key", "lost")
	}
	w.dir = inMemory(t) // once more: adopt has read the keys before
	s := w.boot()
	if _, err := s.Adopt(ctx); err != nil {
		t.Fatal(err)
	}
	var copies atomic.Int32
	w.engine.Fail = func(call, _ string) error {
		if call == "copy-to" {
			if copies.Add(1) == 2 {
				return errors.New("the machine is away")
			}
		}
		return nil
	}
	if j := s.over(s.Start(ctx, request(id))); j.State != ferry.JobFailed {
		t.Fatalf("the start is %s", j.State)
	}
	w.engine.Fail = nil
	s.done(s.Start(ctx, request(id)))
	a, _ := w.engine.File("ferry-"+id+"-openmpi0", key)
	b, _ := w.engine.File("ferry-"+id+"-mpi-client0", key)
	if a == "lost" || a != b {
		t.Error("the machines have different keys")
	}
}

// A password that locks data cannot be made again: it is said, and nothing goes.
func TestLostPasswordIsSaid(t *testing.T) {
	w := newWorld(t)
	s := w.boot()
	r := api.StartRequest{Source: api.Source{Target: "gluster:1+mpi:1"}}
	id := s.done(s.Start(ctx, r)).Stack
	s.done(s.Stop(ctx, id))
	err := s.records.Update(ctx, id, lock("db", "ferry-"+id+"-mpi-client0"))
	if err != nil {
		t.Fatal(err)
	}
	j := s.over(s.Start(ctx, request(id)))
	demand(t, j.Error, ferry.Failed, "no machine that is left holds the password db")
	if got := s.status(id); got != ferry.Stopped || len(w.volumes()) != 4 {
		t.Errorf("it is %s with the volumes %v", got, w.volumes())
	}
	w.engine.PutFile("ferry-"+id+"-mpi-client0", "/etc/db", "password = abcdefghijklmnopqrstuvwx\n")
	s.done(s.Start(ctx, request(id)))
}

// lock returns a service a password that a file of one machine holds.
func lock(name, container string) func(*state.Record) error {
	return func(r *state.Record) error {
		s := &r.Plan.Services[0]
		s.Secrets = append(s.Secrets, ferry.Secret{Name: name, Kind: ferry.Password})
		for i := range r.Plan.Nodes {
			if n := &r.Plan.Nodes[i]; n.Container == container {
				n.Files = append(n.Files, ferry.File{Path: "/etc/db", Content: "password = " + ferry.SecretRef(name, secret.Value) + "\n"})
			}
		}
		return nil
	}
}
