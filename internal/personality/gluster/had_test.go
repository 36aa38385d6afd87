package gluster

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/personality"
)

// describe describes a volume of n bricks that was laid out before, or is new.
func describe(layout map[string]string, kind string, n int) (ferry.Blueprint, error) {
	r := personality.Request{Lineage: "sa-1", ID: "se-1", Service: bricks(kind, n), Layout: layout}
	for i := range n {
		r.Nodes = append(r.Nodes, personality.Machine{Name: fmt.Sprint("gluster", i), Role: "brick"})
	}
	r.Nodes = append(r.Nodes, personality.Machine{Name: "mount0", Role: "mount"})
	return Personality{}.Describe(r)
}

func TestVolumesChangeInStepsOfTheirLayout(t *testing.T) {
	for name, c := range map[string]struct {
		kind     string
		from, to int
		copies   string // of a file afterwards
		refused  string
	}{
		"one to a pair":            {"", 1, 2, "2", ""},
		"one to three copies":      {"", 1, 3, "3", ""},
		"a pair to three":          {"", 2, 3, "3", ""},
		"a pair to two groups":     {"", 2, 6, "3", ""},
		"three to six":             {"", 3, 6, "3", ""},
		"six to three":             {"", 6, 3, "3", ""},
		"six to a pair":            {"", 6, 2, "2", ""},
		"three to one":             {"", 3, 1, "1", ""},
		"three to four":            {"", 3, 4, "", "which 4 bricks cannot be (3 or 6 can)"},
		"one to four":              {"", 1, 4, "", "which 4 bricks cannot be (3 or 6 can)"},
		"a group of five to ten":   {"", 5, 10, "0", ""},
		"a group of four to eight": {"disperse", 4, 8, "0", ""},
		"a group of four to six":   {"disperse", 4, 5, "", "groups of 4 bricks, which 5 bricks cannot be (4 or 8 can)"},
		"five to twenty":           {"", 5, 20, "0", ""},
		"spread further":           {"distribute", 2, 5, "0", ""},
		"spread less":              {"distribute", 5, 1, "0", ""},
	} {
		t.Run(name, func(t *testing.T) {
			first, err := describe(nil, c.kind, c.from)
			if err != nil {
				t.Fatal(err)
			}
			bp, err := describe(first.Layout, c.kind, c.to)
			if c.refused != "" {
				if err == nil || !strings.Contains(err.Error(), c.refused) {
					t.Errorf("got %v, want %q", err, c.refused)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			at := slices.IndexFunc(bp.Tasks, func(t ferry.Task) bool { return t.Name == "grow" })
			if got := bp.Tasks[at].Command[6]; got != c.copies {
				t.Errorf("%s copies, want %s", got, c.copies)
			}
			if c.kind == "" && c.from == 5 && bp.Layout[groupWord] != "5" {
				t.Errorf("groups of %s", bp.Layout[groupWord])
			}
		})
	}
}

func TestAnotherLayoutIsRefused(t *testing.T) {
	first, _ := describe(nil, "", 3)
	_, err := describe(first.Layout, "distribute", 6)
	var faults ferry.Faults
	if !errors.As(err, &faults) || faults[0].Path != "args.layout" || !strings.Contains(faults[0].Message, "laid out as replica and cannot become distribute") {
		t.Errorf("got %v", err)
	}
}

// Of what stays nothing is another: not the mount, which users stand on, and no brick. Only
// a brick that joins as a further copy may have the volume mounted, for as long as it is there.
func TestWhoStaysIsAsBefore(t *testing.T) {
	pair, _ := describe(nil, "", 2)
	three, err := describe(pair.Layout, "", 3)
	if err != nil {
		t.Fatal(err)
	}
	six, err := describe(three.Layout, "", 6)
	if err != nil {
		t.Fatal(err)
	}
	back, err := describe(six.Layout, "", 3)
	if err != nil {
		t.Fatal(err)
	}
	same := func(what string, a, b ferry.NodeBlueprint) {
		t.Helper()
		if diff := cmp.Diff(a, b); diff != "" {
			t.Errorf("%s %s is another:\n%s", what, a.Name, diff)
		}
	}
	for i := range 2 {
		same("in three", pair.Nodes[i], three.Nodes[i])
	}
	for i := range 3 {
		same("in six", three.Nodes[i], six.Nodes[i])
		same("back in three", three.Nodes[i], back.Nodes[i])
	}
	for _, bp := range []ferry.Blueprint{three, six, back} {
		same("the mount", pair.Nodes[2], bp.Nodes[len(bp.Nodes)-1])
		for _, n := range bp.Nodes[:len(bp.Nodes)-1] {
			if n.Sealed != (n.Name == "gluster2") {
				t.Errorf("%s of %d: sealed %v", n.Name, len(bp.Nodes), n.Sealed)
			}
		}
	}
	if diff := cmp.Diff(three.Layout, back.Layout); diff != "" {
		t.Error(diff)
	}
}
