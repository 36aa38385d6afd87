package run

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
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

func TestNodeThatDiesEndsItsWaits(t *testing.T) {
	for name, c := range map[string]struct {
		silent        bool // the engine's event is lost
		kill, message string
		hint          string
	}{
		"task":           {kill: "format", message: `a0 stopped with exit code 137 while task "format" ran in it`, hint: "is the disk full?"},
		"task, no event": {silent: true, kill: "format", message: `a0 stopped with exit code 137 while task "format" ran in it`, hint: "is the disk full?"},
		"probe":          {kill: "members", message: "a0 stopped with exit code 137 before it was true that all members are seen", hint: "look at its log"},
	} {
		t.Run(name, func(t *testing.T) {
			try(t, func(t *testing.T, b *bench) {
				if c.silent {
					b.Walker.Engine = deaf{b.engine}
				}
				b.engine.OnRun = func(ctx context.Context, node string, e engine.Exec) (int, error) {
					if e.Command[0] != c.kill {
						return 0, nil
					}
					b.engine.Print(node, "cannot go on with "+password)
					time.AfterFunc(time.Second, func() { b.engine.Kill(node) })
					return 0, pause(ctx, time.Hour)
				}
				start := time.Now()
				_, err := b.walk(t)
				fails(t, err, c.message, c.hint, "cannot go on with ***")
				if took := time.Since(start); took > 2*time.Second {
					t.Errorf("the wait went on for %s", took)
				}
			})
		})
	}
}

// deaf is an engine whose watch never tells anything.
type deaf struct{ engine.Engine }

func (deaf) Watch(ctx context.Context) (<-chan engine.Event, error) {
	events := make(chan engine.Event)
	context.AfterFunc(ctx, func() { close(events) })
	return events, nil
}

func TestLastTwentyLogLinesComeWithADeath(t *testing.T) {
	try(t, func(t *testing.T, b *bench) {
		b.engine.OnRun = func(ctx context.Context, node string, _ engine.Exec) (int, error) {
			for i := range 30 {
				b.engine.Print(node, fmt.Sprint("line ", i))
			}
			b.engine.Kill(node)
			return 0, pause(ctx, time.Hour)
		}
		_, err := b.walk(t)
		var e *ferry.Error
		if !errors.As(err, &e) || strings.Count(e.Output, "\n") != 19 || !strings.HasSuffix(e.Output, "line 29") {
			t.Errorf("output: %q", e.Output)
		}
	})
}

// TestNodeThatDiedBeforeTheWalk: the journal says it was started, but it is gone.
func TestNodeThatDiedBeforeTheWalk(t *testing.T) {
	try(t, func(t *testing.T, b *bench) {
		if _, err := b.walk(t); err != nil {
			t.Fatal(err)
		}
		b.engine.Exit("fy-1-b0", 4)
		b.graph.Done = b.journal.done()
		delete(b.graph.Done, "probe port")
		start := time.Now()
		_, err := b.walk(t)
		fails(t, err, "b0 stopped with exit code 4 before it was true that sshd listens", "", "")
		if took := time.Since(start); took > time.Second {
			t.Errorf("took %s", took)
		}
	})
}

// TestEarlierDeathDoesNotCount: a resume starts what has stopped.
func TestEarlierDeathDoesNotCount(t *testing.T) {
	try(t, func(t *testing.T, b *bench) {
		if _, err := b.walk(t); err != nil {
			t.Fatal(err)
		}
		for _, n := range b.engine.Snapshot().Nodes {
			b.engine.Exit(n, 0)
		}
		b.graph.Done = nil
		if _, err := b.walk(t); err != nil {
			t.Errorf("the resume: %v", err)
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

func TestWatchThatBreaksOffIsBegunAgain(t *testing.T) {
	try(t, func(t *testing.T, b *bench) {
		b.engine.OnRun = func(ctx context.Context, node string, _ engine.Exec) (int, error) {
			b.engine.SetDown(true)
			time.AfterFunc(3*time.Second, func() { b.engine.SetDown(false) })
			time.AfterFunc(30*time.Second, func() { b.engine.Kill(node) })
			_ = pause(context.Background(), 31*time.Second) // deaf to its context
			return 0, pause(ctx, time.Hour)
		}
		b.change("probe port", func(o *ferry.Op) { o.After = append(o.After, "task format") })
		b.change("probe page", func(o *ferry.Op) { o.After = append(o.After, "task format") })
		_, err := b.walk(t)
		if err == nil || !strings.Contains(err.Error(), "exit code 137 while task") {
			t.Errorf("got %v", err)
		}
		if n := b.engine.Count("watch"); n < 2 {
			t.Errorf("%d watches", n)
		}
		synctest.Wait()
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
