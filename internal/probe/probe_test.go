package probe

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
)

// target answers by script; the last step repeats. Every test runs in a
// synctest bubble, so its clock is fake and no test sleeps.
type target struct {
	dials []func() (net.Conn, error)
	execs []func(ctx context.Context, e engine.Exec) (int, error)
	tries []time.Time
}

func (t *target) Dial(ctx context.Context, node string, port int) (net.Conn, error) {
	if node != "fy-1-nn0" || port != 9870 {
		return nil, fmt.Errorf("dialled %s:%d", node, port)
	}
	return step(t, t.dials)()
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

func refused() (net.Conn, error) { return nil, errors.New("connection refused") }

func accepted() (net.Conn, error) {
	here, there := net.Pipe()
	_ = there.Close()
	return here, nil
}

func probe(kind ferry.ProbeKind) ferry.Probe {
	return ferry.Probe{
		Name: "web", Node: "nn0", Kind: kind, Port: 9870, Path: "/jmx",
		Description: "the NameNode answers", Hint: "look at ferry logs",
		Command: []string{"wait-for-it"}, User: "hdfs",
	}
}

func await(ctx context.Context, t *testing.T, to *target, p ferry.Probe, o Options) error {
	t.Helper()
	return Wait(ctx, to, "fy-1-nn0", p, o)
}

func TestTCPAsksAgainUntilThePortAccepts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := &target{dials: []func() (net.Conn, error){refused, refused, refused, refused, refused, refused, accepted}}
		start := time.Now()
		if err := await(t.Context(), t, to, probe(ferry.TCPProbe), Options{}); err != nil {
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
				p := probe(ferry.TCPProbe)
				p.Deadline = c.deadline
				start := time.Now()
				err := await(t.Context(), t, &target{dials: []func() (net.Conn, error){refused}}, p, Options{})
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
	for _, kind := range []ferry.ProbeKind{ferry.TCPProbe, ferry.ExecProbe} {
		t.Run(string(kind), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				died := make(chan engine.Event, 1)
				time.AfterFunc(5*time.Second, func() { died <- engine.Event{State: engine.Exited, ExitCode: 137} })
				to := &target{
					dials: []func() (net.Conn, error){refused},
					execs: []func(context.Context, engine.Exec) (int, error){hang},
				}
				start := time.Now()
				err := await(t.Context(), t, to, probe(kind), Options{Died: died})
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
		to := &target{dials: []func() (net.Conn, error){refused, accepted}}
		if err := await(t.Context(), t, to, probe(ferry.TCPProbe), Options{Died: died}); err != nil {
			t.Error(err)
		}
	})
}

func TestCancelEndsTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		to := &target{execs: []func(context.Context, engine.Exec) (int, error){hang}}
		err := await(ctx, t, to, probe(ferry.ExecProbe), Options{})
		if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, ErrDeadline) {
			t.Errorf("got %v, want the caller's own context error", err)
		}
	})
}

func TestProbesThatMakeNoSense(t *testing.T) {
	for name, change := range map[string]func(*ferry.Probe){
		"kind":   func(p *ferry.Probe) { p.Kind = "smell" },
		"expect": func(p *ferry.Probe) { p.Expect = "(" },
	} {
		t.Run(name, func(t *testing.T) {
			p := probe(ferry.HTTPProbe)
			change(&p)
			if err := await(t.Context(), t, &target{}, p, Options{}); ferry.CodeOf(err) != ferry.Internal {
				t.Errorf("got %v", err)
			}
		})
	}
}
