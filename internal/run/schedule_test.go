package run

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ferry-project/ferry"
)

// ops makes operations from "id: predecessor predecessor".
func ops(lines ...string) []ferry.Op {
	var all []ferry.Op
	for _, line := range lines {
		id, after, _ := strings.Cut(line, ":")
		all = append(all, ferry.Op{ID: id, Do: ferry.StartNode, After: strings.Fields(after)})
	}
	return all
}

func TestCheck(t *testing.T) {
	for name, c := range map[string]struct {
		ops  []ferry.Op
		want string
	}{
		"empty":          {nil, ""},
		"diamond":        {ops("d: b c", "b: a", "c: a", "a"), ""},
		"twice the same": {ops("a", "b: a a"), ""},
		"double id":      {ops("a", "b", "a"), `"a" is in its graph twice`},
		"unknown":        {ops("a: z"), `"a" comes after "z"`},
		"itself":         {ops("a: a"), "a → a"},
		"circle":         {ops("x", "a: x c", "b: a", "c: b", "y: c"), "a → c → b → a"},
	} {
		t.Run(name, func(t *testing.T) {
			err := Check(c.ops)
			if c.want == "" && err != nil {
				t.Error(err)
			}
			if c.want != "" && (ferry.CodeOf(err) != ferry.Internal || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestScheduleTakesInTheOrderOfTheGraph(t *testing.T) {
	graph := ops("a", "b: a", "c", "d: a a")
	s := newSchedule(graph, slots{calls: 2})
	taken := func() string {
		if i, ok := s.take(); ok {
			return graph[i].ID
		}
		return "-"
	}
	got := taken() + taken() + taken() // the third finds no slot
	s.finish(0)
	got += taken() + taken()
	s.finish(2)
	got += taken() + taken()
	if got != "ac-b-d-" {
		t.Errorf("got %s", got)
	}
}

func TestRemovalsAndWaitsTakeNoSlotOfCalls(t *testing.T) {
	graph := ops("a", "b", "remove", "probe")
	graph[2].Do, graph[3].Do = ferry.RemoveNode, ferry.AwaitProbe
	s := newSchedule(graph, slots{calls: 1, removals: 1, waits: 1})
	var got []string
	for i, ok := s.take(); ok; i, ok = s.take() {
		got = append(got, graph[i].ID)
	}
	if want := []string{"a", "remove", "probe"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestCriticalPath(t *testing.T) {
	second := func(n int) time.Time { return time.Unix(int64(n), 0) }
	graph := ops("image", "network", "create: image network", "start: create", "other: image", "ready: start other", "end: ready")
	graph[5].Do = ferry.Ready
	var done []outcome
	for i, at := range [][2]int{{0, 8}, {0, 1}, {8, 9}, {9, 12}, {8, 10}, {12, 12}, {13, 14}} {
		done = append(done, outcome{op: graph[i], start: second(at[0]), end: second(at[1])})
	}
	if got := fmt.Sprint(criticalPath(done)); got != "[{image 8s} {create 1s} {start 3s} {end 1s}]" {
		t.Errorf("got %s", got)
	}
	if got := fmt.Sprint(criticalPath(done[2:])); got != "[{create 1s} {start 3s} {end 1s}]" {
		t.Errorf("what was done before is no part of it, got %s", got)
	}
	if got := criticalPath(nil); got != nil {
		t.Errorf("of nothing, got %v", got)
	}
}

func TestWalkGivesItsCriticalPath(t *testing.T) {
	try(t, func(t *testing.T, b *bench) {
		b.engine.Fail = func(call, target string) error {
			if target == "fy-1-b1" || call == "create-network" {
				time.Sleep(time.Second)
			}
			return nil
		}
		b.graph.Ops = slices.DeleteFunc(b.graph.Ops, func(o ferry.Op) bool { return o.Service == "se-a" || o.Service == "se-c" })
		path, err := b.walk(t)
		if got := fmt.Sprint(path); err != nil || got != "[{network 1s} {create b1 2s} {start b1 1s}]" {
			t.Errorf("got %s, %v", got, err)
		}
	})
}
