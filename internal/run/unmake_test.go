package run

import (
	"context"
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
		b.use(s)
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
