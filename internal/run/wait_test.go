package run

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/probe"
)

// fails asserts a *ferry.Error with what a user needs.
func fails(t *testing.T, err error, message, hint, output string) {
	t.Helper()
	var e *ferry.Error
	if !errors.As(err, &e) || e.Code != ferry.Failed {
		t.Fatalf("got %v, want a failed *ferry.Error", err)
	}
	if e.Message != message {
		t.Errorf("message:\n got %s\nwant %s", e.Message, message)
	}
	if e.Hint != hint || e.Output != output {
		t.Errorf("hint %q, output %q; want %q, %q", e.Hint, e.Output, hint, output)
	}
}

func TestTaskRunsAsPlanned(t *testing.T) {
	try(t, func(t *testing.T, b *bench) {
		var got engine.Exec
		b.engine.OnRun = func(_ context.Context, _ string, e engine.Exec) (int, error) {
			if e.Command[0] == "format" {
				got = e
			}
			_, err := io.WriteString(e.Stdout, "fine\n")
			return 0, err
		}
		if _, err := b.walk(t); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got.Command, []string{"format", "--all"}) || got.User != "ferry" || got.Env["PW"] != password {
			t.Errorf("ran %v as %q with %v", got.Command, got.User, got.Env)
		}
		if out := b.told(ferry.Output, "task format"); len(out) > 0 {
			t.Errorf("the output of an ordinary task was told: %v", out)
		}
	})
}

func TestFailedTaskCarriesItsOutput(t *testing.T) {
	try(t, func(t *testing.T, b *bench) {
		b.engine.OnRun = func(_ context.Context, _ string, e engine.Exec) (int, error) {
			_, _ = io.WriteString(e.Stdout, "formatting\n")
			_, _ = io.WriteString(e.Stderr, "no space with "+password)
			return 28, nil
		}
		_, err := b.walk(t)
		fails(t, err, `task "format" failed in a0 with exit code 28`, "is the disk full?", "formatting\nno space with ***")
	})
}

func TestTaskTimesOut(t *testing.T) {
	for name, c := range map[string]struct{ set, want time.Duration }{
		"default": {0, 2 * time.Minute}, "own": {5 * time.Second, 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			try(t, func(t *testing.T, b *bench) {
				b.graph.Plan.Services[0].Tasks[0].Timeout = c.set
				b.engine.OnRun = func(ctx context.Context, _ string, e engine.Exec) (int, error) {
					_, _ = io.WriteString(e.Stdout, "still at it\n")
					return 0, pause(ctx, time.Hour)
				}
				start := time.Now()
				_, err := b.walk(t)
				fails(t, err, fmt.Sprintf(`task "format" in a0 did not end within %s`, c.want), "is the disk full?", "still at it")
				if took := time.Since(start); took != c.want {
					t.Errorf("took %s", took)
				}
			})
		})
	}
}

func TestTaskThatTheEngineCannotRun(t *testing.T) {
	try(t, func(t *testing.T, b *bench) {
		b.engine.OnRun = func(context.Context, string, engine.Exec) (int, error) { return 0, errors.New("no such program") }
		_, err := b.walk(t)
		if ferry.CodeOf(err) != ferry.Failed || !strings.Contains(err.Error(), "task format in a0: ") || !strings.Contains(err.Error(), "no such program") {
			t.Errorf("got %v", err)
		}
	})
}

func TestProbeTellsWhatItWaitsForOnce(t *testing.T) {
	try(t, func(t *testing.T, b *bench) {
		b.engine.OnRun = func(ctx context.Context, _ string, e engine.Exec) (int, error) {
			if e.Command[0] != "members" {
				return 0, nil
			}
			for i := range 3 {
				_, _ = fmt.Fprintln(e.Stdout, i, "of 3", password)
				if err := pause(ctx, 2*time.Second); err != nil {
					return 0, err
				}
			}
			return 0, nil
		}
		if _, err := b.walk(t); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range b.told(ferry.OpWaiting, "probe members") {
			got = append(got, e.Message)
		}
		if want := []string{"0 of 3 ***", "1 of 3 ***", "2 of 3 ***"}; !slices.Equal(got, want) {
			t.Errorf("told %q, want %q", got, want)
		}
	})
}

func TestSameAnswerIsToldOnce(t *testing.T) {
	try(t, func(t *testing.T, b *bench) {
		b.engine.Listen("fy-1-b0", 22, nil)
		time.AfterFunc(20*time.Second, func() { b.engine.Listen("fy-1-b0", 22, func(net.Conn) {}) })
		if _, err := b.walk(t); err != nil {
			t.Fatal(err)
		}
		told := b.told(ferry.OpWaiting, "probe port")
		if len(told) != 1 || !strings.Contains(told[0].Message, "connection refused") {
			t.Errorf("told %+v", told)
		}
	})
}

func TestProbeDeadlineCarriesTheLog(t *testing.T) {
	try(t, func(t *testing.T, b *bench) {
		b.engine.OnRun = func(_ context.Context, node string, e engine.Exec) (int, error) {
			if e.Command[0] == "format" {
				b.engine.Print(node, "cannot find my peers")
				return 0, nil
			}
			_, err := io.WriteString(e.Stdout, "1 of 3\n")
			return 1, err
		}
		_, err := b.walk(t)
		fails(t, err, "waited 2m0s in vain until all members are seen; the last answer was: 1 of 3", "look at its log", "cannot find my peers")
		if !errors.Is(err, probe.ErrDeadline) {
			t.Error("the cause is lost")
		}
	})
}

func TestSmokeTestShowsItsOutput(t *testing.T) {
	try(t, func(t *testing.T, b *bench) {
		if _, err := b.walk(t); err != nil {
			t.Fatal(err)
		}
		b.graph.Ops = []ferry.Op{{ID: "test smoke", Do: ferry.RunTask, Service: "se-a", Node: "a1", Name: "smoke"}}
		b.engine.OnExec = func(string, []string) (int, string) { return 0, "hello\nfrom " + password }
		if _, err := b.walk(t); err != nil {
			t.Fatal(err)
		}
		out := b.told(ferry.Output, "test smoke")
		if len(out) != 2 || out[0].Message != "hello" || out[1].Message != "from ***" {
			t.Errorf("told %+v", out)
		}
	})
}

func TestUnknownWorkIsADefect(t *testing.T) {
	for name, op := range map[string]ferry.Op{
		"task":    {Do: ferry.RunTask, Service: "se-a", Name: "nothing"},
		"probe":   {Do: ferry.AwaitProbe, Service: "se-a", Name: "nothing"},
		"service": {Do: ferry.RunTask, Service: "se-x", Name: "format"},
		"node":    {Do: ferry.StartNode, Node: "x9"},
		"verb":    {Do: "dance"},
	} {
		t.Run(name, func(t *testing.T) {
			try(t, func(t *testing.T, b *bench) {
				op.ID = "it"
				b.graph.Ops = []ferry.Op{op}
				if _, err := b.walk(t); ferry.CodeOf(err) != ferry.Internal {
					t.Errorf("got %v", err)
				}
			})
		})
	}
}
