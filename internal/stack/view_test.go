package stack

import (
	"slices"
	"testing"

	"github.com/ferry-project/ferry"
)

// A page is linked by the address it is published on, which need not be 127.0.0.1.
func TestLinksLeadWhereAPageIsPublished(t *testing.T) {
	p := ferry.Plan{
		Nodes: []ferry.Node{{NodeBlueprint: ferry.NodeBlueprint{Name: "hadoop0", Ports: []ferry.Port{
			{Container: 9870, Host: 20000},
			{Container: 9870, Host: 20001, Address: "10.0.0.7"},
			{Container: 9870, Host: 20002, Address: "0.0.0.0"},
			{Container: 9870, Host: 20003, Address: "fd00::7"},
			{Container: 9000, Host: 20004},
		}}}},
		Services: []ferry.Planned{{
			Nodes: []string{"hadoop0"}, Web: []ferry.WebPage{{Name: "NameNode", Node: "hadoop0", Port: 9870, Path: "/dfs"}},
		}},
	}
	var got []string
	for _, link := range viewOf(&p).services[0].Web {
		got = append(got, link.URL)
	}
	want := []string{
		"http://127.0.0.1:20000/dfs", "http://10.0.0.7:20001/dfs", "http://127.0.0.1:20002/dfs", "http://[fd00::7]:20003/dfs",
	}
	if !slices.Equal(got, want) {
		t.Errorf("links %q, want %q", got, want)
	}
}
