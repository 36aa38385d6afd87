package run

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
)

func TestFailureStopsTheHandOut(t *testing.T) {
	try(t, func(t *testing.T, b *bench) {
		b.engine.Fail = func(call, target string) error {
			switch {
			case call == "create-node" && target == "fy-1-a1":
				time.Sleep(time.Millisecond) // all the others have begun
				return engine.ErrConflict
			case call == "create-node":
				time.Sleep(time.Second) // in flight while the other fails
			}
			return nil
		}
		_, err := b.walk(t)
		if !errors.Is(err, engine.ErrConflict) || ferry.CodeOf(err) != ferry.Conflict {
			t.Fatalf("got %v (%s)", err, ferry.CodeOf(err))
		}
		if !strings.HasPrefix(err.Error(), "create a1: ") {
			t.Errorf("the error does not say what failed: %v", err)
		}
		if n := b.engine.Count("start-node"); n != 0 {
			t.Errorf("%d operations began after the failure", n)
		}
		if s := b.engine.Snapshot(); len(s.Nodes) != 5 {
			t.Errorf("what was in flight was not waited for: %v", s.Nodes)
		}
		if len(b.told(ferry.OpDone, "create c0")) != 1 || len(b.told(ferry.OpDone, "create a1")) != 0 {
			t.Errorf("done: %v", b.told(ferry.OpDone, ""))
		}
		failed := b.told(ferry.OpFailed, "")
		if len(failed) != 1 || failed[0].Op != "create a1" || failed[0].Error.Code != ferry.Conflict {
			t.Errorf("failed: %+v", failed)
		}
	})
}

func TestFailureCancelsWaitsAndReportsItselfOnly(t *testing.T) {
	try(t, func(t *testing.T, b *bench) {
		b.engine.Listen("fy-1-b0", 22, nil) // this probe would wait for two minutes
		b.engine.OnRun = func(ctx context.Context, _ string, e engine.Exec) (int, error) {
			return 3, pause(ctx, time.Second) // the task fails
		}
		start := time.Now()
		_, err := b.walk(t)
		if ferry.CodeOf(err) != ferry.Failed || strings.Contains(err.Error(), "sshd") {
			t.Errorf("got %v", err)
		}
		if took := time.Since(start); took > 2*time.Second {
			t.Errorf("the other wait went on for %s", took)
		}
		if e := b.told(ferry.OpFailed, "probe port"); len(e) != 1 || e[0].Error.Code != ferry.Interrupted {
			t.Errorf("the cancelled wait told %+v", e)
		}
	})
}

func TestTwoRealFailuresAreJoined(t *testing.T) {
	try(t, func(t *testing.T, b *bench) {
		b.engine.Fail = func(call, target string) error {
			if call == "create-volume" {
				return errors.New("no space on " + target)
			}
			return nil
		}
		_, err := b.walk(t)
		for _, want := range []string{"fy-1-a0-brick", "fy-1-a1-brick"} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v lacks %s", err, want)
			}
		}
	})
}

func TestCancel(t *testing.T) {
	try(t, func(t *testing.T, b *bench) {
		ctx, cancel := context.WithCancel(t.Context())
		b.engine.OnRun = func(ctx context.Context, _ string, _ engine.Exec) (int, error) {
			cancel()
			return 0, pause(ctx, time.Hour)
		}
		_, err := b.Walk(ctx, b.graph)
		if !errors.Is(err, context.Canceled) || ferry.CodeOf(err) != ferry.Interrupted {
			t.Errorf("got %v", err)
		}
		if len(b.told(ferry.OpFailed, "task format")) != 1 || len(b.told(ferry.OpDone, "task format")) != 0 {
			t.Errorf("of the cancelled operation was told %v", b.events)
		}
	})
}

func TestCancelDuringAnOptionalOperationIsACancel(t *testing.T) {
	try(t, func(t *testing.T, b *bench) {
		b.graph.Ops = []ferry.Op{{ID: "task format", Do: ferry.RunTask, Service: "se-a", Node: "a0", Name: "format", Optional: true}}
		ctx, cancel := context.WithCancel(t.Context())
		b.engine.Fail = func(call, _ string) error {
			if call == "exec" {
				cancel()
			}
			return nil
		}
		if _, err := b.Walk(ctx, b.graph); ferry.CodeOf(err) != ferry.Interrupted {
			t.Errorf("got %v", err)
		}
	})
}

func TestOptionalFailureIsToldAndTheWalkGoesOn(t *testing.T) {
	try(t, func(t *testing.T, b *bench) {
		b.change("task format", func(o *ferry.Op) { o.Optional = true })
		b.engine.OnExec = func(_ string, cmd []string) (int, string) {
			if cmd[0] == "format" {
				return 1, "boom"
			}
			return 0, ""
		}
		if _, err := b.walk(t); err != nil {
			t.Fatal(err)
		}
		if len(b.told(ferry.OpFailed, "task format")) != 1 || len(b.told(ferry.OpDone, "ready a0")) != 1 {
			t.Error("the failure was not told, or its dependants did not run")
		}
		if len(b.told(ferry.OpDone, "task format")) != 0 {
			t.Error("it counts as done")
		}
	})
}

// An engine makes what it was asked for although the caller has hung up.
func TestCancelledWalkWaitsForCalls(t *testing.T) {
	try(t, func(t *testing.T, b *bench) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		b.engine.Fail = func(call, _ string) error {
			if call == "create-node" {
				cancel()
				time.Sleep(time.Second)
			}
			return nil
		}
		_, err := b.Walk(ctx, b.graph)
		if ferry.CodeOf(err) != ferry.Interrupted {
			t.Errorf("got %v", err)
		}
		asked := b.engine.Count("create-node")
		if s := b.engine.Snapshot(); asked == 0 || len(s.Nodes) != asked {
			t.Errorf("%d nodes were asked for, %d were made", asked, len(s.Nodes))
		}
		if n := b.engine.Count("start-node"); n > 0 {
			t.Errorf("%d operations began after the end", n)
		}
	})
}

func TestPanicIsOneJobsFailure(t *testing.T) {
	try(t, func(t *testing.T, b *bench) {
		b.engine.OnRun = func(context.Context, string, engine.Exec) (int, error) { panic("a defect") }
		_, err := b.walk(t)
		if ferry.CodeOf(err) != ferry.Internal || !strings.Contains(err.Error(), "a defect") {
			t.Errorf("got %v", err)
		}
	})
}
