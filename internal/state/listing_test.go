package state_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/state"
)

// twoNodes is a plan whose service has a page on a port of its first node.
func twoNodes(id, subnet string, port int) ferry.Plan {
	node := func(name string, ports ...ferry.Port) ferry.Node {
		return ferry.Node{
			NodeBlueprint: ferry.NodeBlueprint{Name: name, Ports: ports},
			Container:     "ferry-" + id + "-" + name, Ref: "ferry/hadoop:1",
		}
	}
	return ferry.Plan{
		Format: 1, Stack: id, Network: ferry.Network{Subnet: subnet},
		Services: []ferry.Planned{{
			ID: "se-1", Class: ferry.Storage, Spec: ferry.Service{Personality: "hadoop", Name: "lake"},
			Nodes: []string{"hadoop0", "hadoop1"}, Web: []ferry.WebPage{{Name: "NameNode", Node: "hadoop0", Port: 9870, Path: "/dfs"}},
		}},
		Nodes: []ferry.Node{node("hadoop0", ferry.Port{Container: 9870, Host: port}, ferry.Port{Container: 9000}), node("hadoop1")},
	}
}

func listed(t *testing.T, s *state.Store, n int) state.Listed {
	t.Helper()
	all, err := s.List(t.Context())
	if err != nil || len(all) <= n {
		t.Fatalf("%d stacks are listed, %v", len(all), err)
	}
	return all[n]
}

func TestListingFollowsThePlan(t *testing.T) {
	s, _ := open(t)
	r := record("sa-1", "")
	r.Plan = twoNodes("sa-1", "10.1.2.0/24", 20000)
	create(t, s, r)
	want := state.Listing{
		Services: []ferry.ServiceView{{
			ID: "se-1", Class: ferry.Storage, Personality: "hadoop", Name: "lake", Count: 2,
			Web: []ferry.WebLink{{Name: "NameNode", URL: "http://127.0.0.1:20000/dfs"}},
		}},
		Nodes: state.ListedNodes{
			{Name: "hadoop0", Container: "ferry-sa-1-hadoop0"}, {Name: "hadoop1", Container: "ferry-sa-1-hadoop1"},
		},
		Images: []string{"ferry/hadoop:1"}, Subnets: []string{"10.1.2.0/24"}, Ports: []int{20000},
	}
	if d := cmp.Diff(want, listed(t, s, 0).Listing); d != "" {
		t.Error(d)
	}
	check(t, s.Update(t.Context(), "sa-1", func(r *state.Record) error {
		next := twoNodes("sa-1", "10.1.3.0/24", 20001)
		r.Next = &next
		return nil
	}), "", "")
	want.Subnets, want.Ports = append(want.Subnets, "10.1.3.0/24"), append(want.Ports, 20001)
	if d := cmp.Diff(want, listed(t, s, 0).Listing); d != "" {
		t.Errorf("while it changes: %s", d)
	}
}

func TestDamagedListingIsAProblemOfItsStack(t *testing.T) {
	s, path := open(t)
	create(t, s, record("sa-1", ""), record("sa-2", ""))
	meddle(t, path, `UPDATE stacks SET listing = '{"services": 3}' WHERE id = 'sa-1'`)
	if got := listed(t, s, 0); got.ID != "sa-1" || len(got.Problems) != 1 || !strings.Contains(got.Problems[0], "read its listing") {
		t.Errorf("got %+v", got)
	}
	if got := listed(t, s, 1); got.ID != "sa-2" || len(got.Problems) > 0 {
		t.Errorf("got %+v", got)
	}
}

func TestIDs(t *testing.T) {
	s, _ := open(t)
	create(t, s, record("sa-b", ""), record("sa-a", "mine"))
	ids, err := s.IDs(t.Context())
	slices.Sort(ids)
	if err != nil || !slices.Equal(ids, []string{"sa-a", "sa-b"}) {
		t.Errorf("got %q, %v", ids, err)
	}
}

// A page is linked by the address it is published on, which need not be 127.0.0.1.
func TestLinksLeadWhereAPageIsPublished(t *testing.T) {
	p := twoNodes("sa-1", "", 0)
	p.Nodes[0].Ports = []ferry.Port{
		{Container: 9870, Host: 20000},
		{Container: 9870, Host: 20001, Address: "10.0.0.7"},
		{Container: 9870, Host: 20002, Address: "0.0.0.0"},
		{Container: 9870, Host: 20003, Address: "fd00::7"},
		{Container: 9000, Host: 20004},
	}
	var got []string
	for _, link := range state.ListingOf(&p).Services[0].Web {
		got = append(got, link.URL)
	}
	want := []string{
		"http://127.0.0.1:20000/dfs", "http://10.0.0.7:20001/dfs", "http://127.0.0.1:20002/dfs", "http://[fd00::7]:20003/dfs",
	}
	if !slices.Equal(got, want) {
		t.Errorf("links %q, want %q", got, want)
	}
}
