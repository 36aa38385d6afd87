package cassandra

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/personality"
)

func atFirst(t ferry.Task) bool { return t.When == ferry.FirstStart }

func TestTokensShareTheRing(t *testing.T) {
	const least, third = "-9223372036854775808", "-3074457345618258603"
	for name, c := range map[string]struct {
		founded, n int
		want       []string
	}{
		"one":          {1, 1, []string{least}},
		"two":          {2, 2, []string{least, "0"}},
		"two of six":   {6, 2, []string{least, "-6148914691236517206"}},
		"three":        {3, 3, []string{least, third, "3074457345618258602"}},
		"one, grown":   {1, 4, []string{least, "0", "-4611686018427387904", "4611686018427387904"}},
		"three to six": {3, 6, []string{least, third, "3074457345618258602", "-6148914691236517206", "-1", "6148914691236517205"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, tokens(c.founded, c.n)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// However a ring grows, no range of it is more than twice as large as another, and when
// its founders have doubled all are equal.
func TestGrownRingsStayEven(t *testing.T) {
	for founded := 1; founded <= 12; founded++ {
		for n := founded; n <= 4*founded; n++ {
			least, most := ranges(t, tokens(founded, n))
			doubled := n == founded || n == 2*founded || n == 4*founded
			if limit := 2.0001; most/least > limit || doubled && most/least > 1.0001 {
				t.Errorf("%d nodes of %d founders: the largest range is %.4f times the smallest", n, founded, most/least)
			}
		}
	}
}

func ranges(t *testing.T, tokens []string) (least, most float64) {
	t.Helper()
	var all []*big.Int
	for _, text := range tokens {
		n, ok := new(big.Int).SetString(text, 10)
		if !ok || slices.ContainsFunc(all, func(o *big.Int) bool { return o.Cmp(n) == 0 }) {
			t.Fatalf("%s of %v is no token, or another node's", text, tokens)
		}
		all = append(all, n)
	}
	slices.SortFunc(all, (*big.Int).Cmp)
	all = append(all, new(big.Int).Lsh(big.NewInt(1), 63))
	for i, from := range all[:len(tokens)] {
		size, _ := new(big.Float).SetInt(new(big.Int).Sub(all[i+1], from)).Float64()
		if i == 0 || size < least {
			least = size
		}
		most = max(most, size)
	}
	return least, most
}

// again describes a ring with other nodes after it was laid out.
func again(t *testing.T, layout map[string]string, args map[string]string, names ...string) (ferry.Blueprint, error) {
	t.Helper()
	return Personality{}.Describe(personality.Request{
		Lineage: "sa-1", ID: "se-1", Service: service(len(names), args), Nodes: machines(names...), Layout: layout,
	})
}

func settingsOf(bp ferry.Blueprint, node int) string { return bp.Nodes[node].Files[0].Content }

func TestWhoStaysIsConfiguredAsBefore(t *testing.T) {
	first := described(t, service(2, nil), "a", "b")
	more, err := again(t, first.Layout, nil, "a", "b", "c", "d")
	if err != nil {
		t.Fatal(err)
	}
	back, err := again(t, more.Layout, nil, "a", "b", "c")
	if err != nil {
		t.Fatal(err)
	}
	for i, n := range first.Nodes {
		if diff := cmp.Diff(n, more.Nodes[i]); diff != "" {
			t.Errorf("%s is another in a ring of four:\n%s", n.Name, diff)
		}
	}
	if diff := cmp.Diff(more.Nodes[2], back.Nodes[2]); diff != "" {
		t.Errorf("c is another when d has left:\n%s", diff)
	}
	if got := more.Export.Values; got["replication"] != "2" || got["seeds"] != "a,b" {
		t.Errorf("exported %v", got)
	}
	for _, want := range []string{"auto_bootstrap: true", `seeds: "a,b"`, "initial_token: -4611686018427387904", "default_keyspace_rf: 2"} {
		if y := settingsOf(more, 2); !strings.Contains(y, want) {
			t.Errorf("no %q in\n%s", want, y)
		}
	}
	same, _ := again(t, more.Layout, nil, "a", "b", "c", "d")
	if diff := cmp.Diff(more, same); diff != "" {
		t.Errorf("the same ring is another:\n%s", diff)
	}
}

// A node that has the name of a founder that left takes its data from the others, and is
// no seed of its own.
func TestFounderThatCameBackIsNone(t *testing.T) {
	first := described(t, service(3, map[string]string{"replication": "1"}), "a", "b", "c")
	fewer, err := again(t, first.Layout, map[string]string{"replication": "1"}, "a", "b")
	if err != nil {
		t.Fatal(err)
	}
	if settingsOf(fewer, 1) != settingsOf(first, 1) {
		t.Errorf("b would start again:\n%s", settingsOf(fewer, 1))
	}
	back, err := again(t, fewer.Layout, map[string]string{"replication": "1"}, "a", "b", "c")
	if err != nil {
		t.Fatal(err)
	}
	if y := settingsOf(back, 2); !strings.Contains(y, "auto_bootstrap: true") || !strings.Contains(y, `seeds: "a,b"`) || !strings.Contains(y, "initial_token: 3074457345618258602") {
		t.Error(y)
	}
}

func TestRingThatCannotHoldItsCopies(t *testing.T) {
	three := described(t, service(3, nil), "a", "b", "c")
	_, err := again(t, three.Layout, nil, "a", "b")
	var faults ferry.Faults
	if !errors.As(err, &faults) || faults[0].Path != "instances" || !strings.Contains(faults[0].Message, "3 copies of each row, which 2 nodes cannot hold") {
		t.Errorf("got %v", err)
	}
}

// Who joins waits for the one before, and nobody cleans up before all are there.
func TestNodesJoinOneByOne(t *testing.T) {
	three := described(t, service(3, nil), "a", "b", "c")
	bp, err := again(t, three.Layout, nil, "a", "b", "c", "d", "e")
	if err != nil {
		t.Fatal(err)
	}
	var joins, grows []string
	for _, n := range bp.Nodes {
		joins = append(joins, n.Name+fmt.Sprint(n.JoinAfter))
	}
	for _, task := range bp.Tasks {
		if task.When == ferry.AfterGrow {
			grows = append(grows, task.Name)
		}
	}
	if diff := cmp.Diff([]string{"a[]", "b[]", "c[]", "d[has@c]", "e[has@d]"}, joins); diff != "" {
		t.Error(diff)
	}
	want := []string{"has@c", "has@d", "has@e", "cleanup@a", "cleanup@b", "cleanup@c", "cleanup@d"}
	if diff := cmp.Diff(want, grows); diff != "" {
		t.Error(diff)
	}
	if p := bp.Probes[0]; !slices.Contains(p.After, "has@e") {
		t.Errorf("the ring is asked for before it is one: %v", p.After)
	}
}
