package run

import (
	"context"
	"errors"
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
		if done := b.journal.done(); len(done) != len(b.graph.Ops)-3 || done["ready a0"] {
			t.Errorf("journal has %d of %d operations, want all but the three joins", len(done), len(b.graph.Ops))
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
			if strings.HasPrefix(call, "create-") || call == "copy-to" || call == "start-node" {
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

func TestDoneIsSkipped(t *testing.T) {
	try(t, func(t *testing.T, b *bench) {
		if _, err := b.walk(t); err != nil {
			t.Fatal(err)
		}
		b.graph.Done = b.journal.done()
		b.events = nil
		before := len(b.engine.Calls())
		path, err := b.walk(t)
		if err != nil || len(path) != 0 {
			t.Errorf("got %v, %v", path, err)
		}
		for _, c := range b.engine.Calls()[before:] {
			if c.Name != "watch" && c.Name != "list-nodes" {
				t.Errorf("did again: %s", c)
			}
		}
		if n := len(b.told(ferry.OpStarted, "")); n != 3 {
			t.Errorf("%d operations began, want the three joins", n)
		}
	})
}

func TestJournalFaultsFailTheOperation(t *testing.T) {
	full := errors.New("disk full")
	for name, spoil := range map[string]func(*journal, func(string) error){
		"intent":  func(j *journal, f func(string) error) { j.begin = f },
		"outcome": func(j *journal, f func(string) error) { j.end = f },
	} {
		t.Run(name, func(t *testing.T) {
			try(t, func(t *testing.T, b *bench) {
				spoil(b.journal, func(op string) error {
					if op == "network" {
						return full
					}
					return nil
				})
				_, err := b.walk(t)
				if !errors.Is(err, full) || !strings.Contains(err.Error(), "network") {
					t.Errorf("got %v", err)
				}
				if made := b.engine.Count("create-network"); (name == "intent") != (made == 0) {
					t.Errorf("the network was made %d times", made)
				}
			})
		})
	}
}

func TestBrokenGraphsAreRefused(t *testing.T) {
	try(t, func(t *testing.T, b *bench) {
		b.graph.Ops = append(b.graph.Ops, ferry.Op{ID: "x", After: []string{"nowhere"}})
		if _, err := b.walk(t); ferry.CodeOf(err) != ferry.Internal || len(b.engine.Calls()) > 0 {
			t.Errorf("got %v after %v", err, b.engine.Calls())
		}
	})
}

func TestZeroWalkerNeedsOnlyAnEngine(t *testing.T) {
	try(t, func(t *testing.T, b *bench) {
		w := &Walker{Engine: b.engine}
		b.engine.AddImage("ferry/base:1", nil)
		b.engine.AddImage("ferry/client:1", nil)
		b.graph.Done = map[string]bool{"image ferry/base:1": true, "image ferry/client:1": true}
		if _, err := w.Walk(t.Context(), b.graph); err != nil {
			t.Error(err)
		}
		b.graph.Done = nil
		if _, err := w.Walk(t.Context(), b.graph); ferry.CodeOf(err) != ferry.Internal {
			t.Errorf("without Images, got %v", err)
		}
		synctest.Wait()
	})
}
