package run

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
)

func TestWalkBringsUpTheStack(t *testing.T) {
	try(t, func(t *testing.T, b *bench) {
		if _, err := b.walk(t); err != nil {
			t.Fatal(err)
		}
		s := b.engine.Snapshot()
		if want := []string{"fy-1-a0", "fy-1-a1", "fy-1-a2", "fy-1-b0", "fy-1-b1", "fy-1-c0"}; !slices.Equal(s.Running, want) {
			t.Errorf("running: %v", s.Running)
		}
		if want := []string{"fy-1-a0-brick", "fy-1-a1-brick", "fy-1-a2-brick"}; !slices.Equal(s.Volumes, want) {
			t.Errorf("volumes: %v", s.Volumes)
		}
		if len(b.told(ferry.OpDone, "")) != len(b.graph.Ops) || len(b.told(ferry.OpStarted, "")) != len(b.graph.Ops) {
			t.Errorf("%d done events for %d operations", len(b.told(ferry.OpDone, "")), len(b.graph.Ops))
		}
	})
}

func TestEventsTellEverything(t *testing.T) {
	try(t, func(t *testing.T, b *bench) {
		if _, err := b.walk(t); err != nil {
			t.Fatal(err)
		}
		e := b.told(ferry.OpDone, "start b1")[0]
		e.Seq = 0
		want := ferry.Event{
			Time: e.Time, Kind: ferry.OpDone, Stack: "sa-1", Job: "jo-1", Op: "start b1",
			Do: ferry.StartNode, Service: "se-b", Node: "b1", Took: e.Took,
		}
		if fmt.Sprint(e) != fmt.Sprint(want) || e.Time.IsZero() {
			t.Errorf("got  %+v\nwant %+v", e, want)
		}
		if out := b.told(ferry.Output, "image ferry/base:1"); len(out) != 1 || out[0].Message != "pulling base" {
			t.Errorf("progress: %+v", out)
		}
		if why := b.told(ferry.OpStarted, "network")[0].Message; why != "it must be" {
			t.Errorf("why: %q", why)
		}
	})
}

func TestOrderIsRespected(t *testing.T) {
	try(t, func(t *testing.T, b *bench) {
		var n atomic.Int64
		b.engine.Fail = func(string, string) error { time.Sleep(time.Duration(n.Add(7)%11) * time.Millisecond); return nil }
		if _, err := b.walk(t); err != nil {
			t.Fatal(err)
		}
		for _, op := range b.graph.Ops {
			started := b.told(ferry.OpStarted, op.ID)[0].Seq
			for _, id := range op.After {
				if done := b.told(ferry.OpDone, id)[0].Seq; done > started {
					t.Errorf("%s began before %s was done", op.ID, id)
				}
			}
		}
	})
}

func TestCallsAreBoundedAndWaitsAreNot(t *testing.T) {
	try(t, func(t *testing.T, b *bench) {
		b.Parallel = 3
		var now, most, execs, mostExecs atomic.Int64
		count := func(now, most *atomic.Int64) {
			n := now.Add(1)
			for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
			}
			time.Sleep(time.Second)
			now.Add(-1)
		}
		b.engine.Fail = func(call, _ string) error {
			if strings.HasPrefix(call, "create-") || call == "fill-node" || call == "start-node" {
				count(&now, &most)
			}
			return nil
		}
		b.engine.OnRun = func(context.Context, string, engine.Exec) (int, error) { count(&execs, &mostExecs); return 0, nil }
		s := &b.graph.Plan.Services[0]
		for i := range 9 {
			probe := s.Probes[0]
			probe.Name = fmt.Sprint("more", i)
			s.Probes = append(s.Probes, probe)
			b.graph.Ops = append(b.graph.Ops, ferry.Op{ID: probe.Name, Do: ferry.AwaitProbe, Service: s.ID, Node: "a0", Name: probe.Name, After: []string{"start a0"}})
		}
		if _, err := b.walk(t); err != nil {
			t.Fatal(err)
		}
		if most.Load() != 3 || mostExecs.Load() < 9 {
			t.Errorf("at most %d calls and %d execs at once, want 3 and 9 or more", most.Load(), mostExecs.Load())
		}
	})
}

func TestBrokenGraphsAreRefused(t *testing.T) {
	try(t, func(t *testing.T, b *bench) {
		b.graph.Ops = append(b.graph.Ops, ferry.Op{ID: "x", After: []string{"nowhere"}})
		if _, err := b.walk(t); ferry.CodeOf(err) != ferry.Internal || len(b.engine.Calls()) > 0 {
			t.Errorf("got %v after %v", err, b.engine.Calls())
		}
	})
}

func TestZeroWalkerNeedsOnlyAHostAndSpeakers(t *testing.T) {
	try(t, func(t *testing.T, b *bench) {
		w := &Walker{Hosts: Local(b.engine, nil), Speakers: b.Speakers}
		b.engine.AddImage("ferry/base:1", nil)
		b.engine.AddImage("ferry/client:1", nil)
		if _, err := w.Walk(t.Context(), withoutImages(b.graph)); err != nil {
			t.Error(err)
		}
		if _, err := w.Walk(t.Context(), b.graph); ferry.CodeOf(err) != ferry.Internal {
			t.Errorf("without Images, got %v", err)
		}
		synctest.Wait()
	})
}

func withoutImages(g Graph) Graph {
	image := func(id string) bool { return strings.HasPrefix(id, "image ") }
	g.Ops = slices.DeleteFunc(slices.Clone(g.Ops), func(o ferry.Op) bool { return image(o.ID) })
	for i := range g.Ops {
		g.Ops[i].After = slices.DeleteFunc(slices.Clone(g.Ops[i].After), image)
	}
	return g
}
