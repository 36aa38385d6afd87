package probe

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/retry"
)

// target answers by script; the last step repeats. Every test runs in a
// synctest bubble, so its clock is fake and no test sleeps.
type target struct {
	says  []func(ctx context.Context) error
	execs []func(ctx context.Context, e engine.Exec) (int, error)
	tries []time.Time
}

func (t *target) ask(ctx context.Context, _ func(string)) error {
	return step(t, t.says)(ctx)
}

func (t *target) Exec(ctx context.Context, node string, e engine.Exec) (int, error) {
	if node != "fy-1-nn0" {
		return 0, fmt.Errorf("exec in %s", node)
	}
	return step(t, t.execs)(ctx, e)
}

func step[F any](t *target, script []F) F {
	t.tries = append(t.tries, time.Now())
	return script[min(len(t.tries), len(script))-1]
}

func refused(context.Context) error { return errors.New("connection refused") }

func accepted(context.Context) error { return nil }

func probe() ferry.Probe {
	return ferry.Probe{
		Name: "web", Node: "nn0", Description: "the NameNode answers", Hint: "look at ferry logs",
		Command: []string{"wait-for-it"}, User: "hdfs",
	}
}

// await asks by conversation where the target has answers to one, else by command.
func await(ctx context.Context, t *testing.T, to *target, p ferry.Probe, o Options) error {
	t.Helper()
	asker := Command(to, "fy-1-nn0", p)
	if len(to.says) > 0 {
		asker = Conversation(to.ask)
	}
	return Wait(ctx, p, asker, o)
}

func TestAConversationIsHadAgainUntilItGoesWell(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := &target{says: []func(context.Context) error{refused, refused, refused, refused, refused, refused, accepted}}
		start := time.Now()
		if err := await(t.Context(), t, to, probe(), Options{}); err != nil {
			t.Fatal(err)
		}
		var at []int64
		for _, try := range to.tries {
			at = append(at, try.Sub(start).Milliseconds())
		}
		if want := []int64{0, 25, 75, 175, 375, 625, 875}; !slices.Equal(at, want) {
			t.Errorf("tried at %v ms, want %v", at, want)
		}
	})
}

func TestDeadlineTellsTheLastAnswerAndTheHint(t *testing.T) {
	for name, c := range map[string]struct {
		deadline, want time.Duration
	}{"default": {0, 2 * time.Minute}, "own": {3 * time.Second, 3 * time.Second}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := probe()
				p.Deadline = c.deadline
				start := time.Now()
				err := await(t.Context(), t, &target{says: []func(context.Context) error{refused}}, p, Options{})
				if took := time.Since(start); took != c.want {
					t.Errorf("took %s, want %s", took, c.want)
				}
				failed(t, err, ErrDeadline, "the NameNode answers", "connection refused", c.want.String())
			})
		})
	}
}

func failed(t *testing.T, err, cause error, words ...string) {
	t.Helper()
	var e *ferry.Error
	if !errors.As(err, &e) || e.Code != ferry.Failed || !errors.Is(err, cause) {
		t.Fatalf("got %v, want a failed *ferry.Error for %v", err, cause)
	}
	if e.Hint != "look at ferry logs" {
		t.Errorf("hint is %q", e.Hint)
	}
	for _, word := range words {
		if !strings.Contains(e.Message, word) {
			t.Errorf("%q lacks %q", e.Message, word)
		}
	}
}

func TestDeathEndsTheWaitAtOnce(t *testing.T) {
	for name, to := range map[string]*target{
		"conversation": {says: []func(context.Context) error{refused}},
		"command":      {execs: []func(context.Context, engine.Exec) (int, error){hang}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				died := make(chan engine.Event, 1)
				time.AfterFunc(5*time.Second, func() { died <- engine.Event{State: engine.Exited, ExitCode: 137} })
				start := time.Now()
				err := await(t.Context(), t, to, probe(), Options{Died: died})
				failed(t, err, ErrDied, "nn0", "137", "the NameNode answers")
				if took := time.Since(start); took != 5*time.Second {
					t.Errorf("ended after %s, want 5s", took)
				}
			})
		})
	}
}

func TestClosedDiedChannelIsNoDeath(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		died := make(chan engine.Event)
		close(died)
		to := &target{says: []func(context.Context) error{refused, accepted}}
		if err := await(t.Context(), t, to, probe(), Options{Died: died}); err != nil {
			t.Error(err)
		}
	})
}

func TestCancelEndsTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		to := &target{execs: []func(context.Context, engine.Exec) (int, error){hang}}
		err := await(ctx, t, to, probe(), Options{})
		if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, ErrDeadline) {
			t.Errorf("got %v, want the caller's own context error", err)
		}
	})
}

// An answer that no repetition changes is not waited for.
func TestAFinalAnswerEndsTheWait(t *testing.T) {
	for name, c := range map[string]struct {
		answer error
		code   ferry.Code
	}{
		"of the service":     {errors.New("no such statement"), ferry.Failed},
		"of Ferry's reading": {ferry.Errorf(ferry.Internal, "no such statement"), ferry.Internal},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				final := func(context.Context) error { return retry.Stop(c.answer) }
				to := &target{says: []func(context.Context) error{refused, final}}
				err := await(t.Context(), t, to, probe(), Options{})
				var e *ferry.Error
				if !errors.As(err, &e) || e.Code != c.code || !errors.Is(err, c.answer) || e.Hint != "look at ferry logs" {
					t.Errorf("got %#v", err)
				}
				if want := "it cannot become true that the NameNode answers: no such statement"; err.Error() != want || len(to.tries) != 2 {
					t.Errorf("after %d tries: %v", len(to.tries), err)
				}
			})
		})
	}
}
