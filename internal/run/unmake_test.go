package run

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
)

func TestStopAndRemoveWithThePlan(t *testing.T) {
	try(t, func(t *testing.T, b *bench) {
		if _, err := b.walk(t); err != nil {
			t.Fatal(err)
		}
		s := &graces{Engine: b.engine, of: map[string]time.Duration{}}
		b.Engine = s
		b.graph.Plan.Nodes[1].StopGrace = time.Minute
		b.graph.Ops = nil
		network := ferry.Op{ID: "network", Do: ferry.RemoveNetwork}
		for _, n := range b.graph.Plan.Nodes {
			network.After = append(network.After, "remove "+n.Name)
			b.graph.Ops = append(b.graph.Ops,
				ferry.Op{ID: "stop " + n.Name, Do: ferry.StopNode, Node: n.Name},
				ferry.Op{ID: "remove " + n.Name, Do: ferry.RemoveNode, Node: n.Name, After: []string{"stop " + n.Name}})
			for _, v := range n.Volumes {
				b.graph.Ops = append(b.graph.Ops, ferry.Op{ID: "volume " + n.Name, Do: ferry.RemoveVolume, Node: n.Name, Name: v.Name, After: []string{"remove " + n.Name}})
			}
		}
		b.graph.Ops = append(b.graph.Ops, network)
		if _, err := b.walk(t); err != nil {
			t.Fatal(err)
		}
		if left := b.engine.Left(); len(left) > 0 {
			t.Errorf("left: %v", left)
		}
		if s.of["fy-1-a0"] != 10*time.Second || s.of["fy-1-a1"] != time.Minute {
			t.Errorf("graces: %v", s.of)
		}
	})
}

// graces notes how long nodes may take to stop.
type graces struct {
	engine.Engine
	mu sync.Mutex
	of map[string]time.Duration
}

func (g *graces) StopNode(ctx context.Context, node string, grace time.Duration) error {
	g.mu.Lock()
	g.of[node] = grace
	g.mu.Unlock()
	return g.Engine.StopNode(ctx, node, grace)
}

func TestRemoveWithoutAPlan(t *testing.T) {
	try(t, func(t *testing.T, b *bench) {
		if _, err := b.walk(t); err != nil {
			t.Fatal(err)
		}
		s := b.engine.Snapshot()
		g := Graph{Job: "jo-2"}
		var nodes []string
		for _, n := range s.Nodes {
			nodes = append(nodes, "remove "+n)
			g.Ops = append(g.Ops, ferry.Op{ID: "remove " + n, Do: ferry.RemoveNode, Name: n})
		}
		for _, v := range s.Volumes {
			g.Ops = append(g.Ops, ferry.Op{ID: "remove " + v, Do: ferry.RemoveVolume, Name: v, After: nodes})
		}
		g.Ops = append(g.Ops, ferry.Op{ID: "network", Do: ferry.RemoveNetwork, Name: "fy-1", After: nodes})
		if _, err := b.Walk(t.Context(), g); err != nil {
			t.Fatal(err)
		}
		if left := b.engine.Left(); len(left) > 0 {
			t.Errorf("left: %v", left)
		}
	})
}

// A journal on a full disk keeps things from being made, and nothing from being taken away.
func TestWhatTakesAwayNeedsNoJournal(t *testing.T) {
	try(t, func(t *testing.T, b *bench) {
		if _, err := b.walk(t); err != nil {
			t.Fatal(err)
		}
		full := func(string) error { return errors.New("the disk is full") }
		b.journal.begin, b.journal.end = full, full
		if _, err := b.walk(t); err == nil || !strings.Contains(err.Error(), "the disk is full") {
			t.Errorf("made without a journal: %v", err)
		}
		asked := 0
		b.engine.OnRun = func(context.Context, string, engine.Exec) (int, error) { asked++; return 0, nil }
		b.graph.Ops = []ferry.Op{
			{ID: "task format", Do: ferry.RunTask, Service: "se-a", Node: "a0", Name: "format", Optional: true},
			{ID: "stop a0", Do: ferry.StopNode, Node: "a0", After: []string{"task format"}},
			{ID: "remove a0", Do: ferry.RemoveNode, Node: "a0", After: []string{"stop a0"}},
		}
		if _, err := b.walk(t); err != nil || asked != 1 {
			t.Errorf("%d tasks before the stop, %v", asked, err)
		}
		if _, there := b.engine.Spec("fy-1-a0"); there {
			t.Error("a0 is still there")
		}
	})
}
