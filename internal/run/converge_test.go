package run

import (
	"context"
	"fmt"
	"reflect"
	"sync/atomic"
	"testing"

	"github.com/ferry-project/ferry/internal/engine/fake"
)

// state is what an engine holds in the end, files and specs included.
type state struct {
	fake.Snapshot
	Inside map[string]string
}

func stateOf(b *bench) state {
	s := state{b.engine.Snapshot(), map[string]string{}}
	for _, n := range s.Nodes {
		conf, _ := b.engine.File(n, "/etc/app.conf")
		run, _ := b.engine.File(n, "/etc/ferry/services/d/run")
		spec, _ := b.engine.Spec(n)
		s.Inside[n] = fmt.Sprint(conf, run, spec)
	}
	return s
}

// TestKilledAtEveryCallConverges ends a walk at its n-th call of the engine, for
// every n, and walks again from the start.
func TestKilledAtEveryCallConverges(t *testing.T) {
	var want state
	var calls int
	try(t, func(t *testing.T, b *bench) {
		if _, err := b.walk(t); err != nil {
			t.Fatal(err)
		}
		want, calls = stateOf(b), len(b.engine.Calls())
	})
	if calls < len(newBench().graph.Ops)-3 {
		t.Fatalf("only %d calls", calls)
	}
	ways := map[string]func(b *bench, n int) (context.Context, func()){
		"before":    func(b *bench, n int) (context.Context, func()) { return crash(b, n, false) },
		"after":     func(b *bench, n int) (context.Context, func()) { return crash(b, n, true) },
		"cancelled": cancelAt,
	}
	for way, disturb := range ways {
		t.Run(way, func(t *testing.T) {
			for n := 1; n <= calls; n++ {
				try(t, func(t *testing.T, b *bench) { converge(t, b, n, disturb, want) })
			}
		})
	}
}

func converge(t *testing.T, b *bench, n int, disturb func(*bench, int) (context.Context, func()), want state) {
	ctx, mend := disturb(b, n)
	_, err := b.Walk(ctx, b.graph)
	mend()
	if err == nil {
		// Near the end there may be nothing left to disturb: what is in flight is
		// waited for. Then everything must be there already.
		if got := stateOf(b); n < len(b.graph.Ops)/2 || !reflect.DeepEqual(got, want) {
			t.Errorf("call %d: the disturbed walk succeeded with %v", n, got)
		}
		return
	}
	if _, err := b.walk(t); err != nil {
		t.Fatalf("call %d: the second walk: %v", n, err)
	}
	if got := stateOf(b); !reflect.DeepEqual(got, want) {
		t.Errorf("call %d:\n got %v\nwant %v", n, got, want)
	}
}

func crash(b *bench, n int, after bool) (context.Context, func()) {
	b.engine.CrashAt(n, after)
	return context.Background(), func() { b.engine.CrashAt(0, false) }
}

func cancelAt(b *bench, n int) (context.Context, func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var seen atomic.Int64
	b.engine.Fail = func(string, string) error {
		if seen.Add(1) == int64(n) {
			cancel()
		}
		return nil
	}
	return ctx, func() { b.engine.Fail = nil; cancel() }
}
