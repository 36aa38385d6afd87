package enginetest

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
)

func (s *suite) dial(t *testing.T) {
	net := s.network(t)
	n := s.running(t, func(sp *engine.Spec) { sp.Network = net.Name })
	Echo(t, s.Engine, n)
	start := time.Now()
	c, err := s.Dial(t.Context(), n, 9)
	if err == nil || time.Since(start) > patience/2 {
		t.Errorf("a closed port: %v, %v after %s", c, err, time.Since(start))
	}
	if errors.Is(err, engine.ErrUnavailable) || errors.Is(err, engine.ErrNotFound) {
		t.Errorf("a closed port is not the engine's fault: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = s.Dial(ctx, n, EchoPort)
	want(t, "dial without time", err, context.Canceled)
	must(t, s.StopNode(t.Context(), n, patience))
	_, err = s.Dial(t.Context(), n, EchoPort)
	want(t, "dial a stopped node", err, engine.ErrConflict)
}

// Echo talks to the echo port of a node's init.
func Echo(t *testing.T, e engine.Inside, node string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	c, err := e.Dial(ctx, node, EchoPort)
	must(t, err)
	defer func() { _ = c.Close() }()
	must(t, c.SetDeadline(time.Now().Add(patience)))
	cancel() // the connection outlives the context it was made with
	for _, word := range []string{"hello", "again"} {
		_, err = io.WriteString(c, word)
		must(t, err)
		got := make([]byte, len(word))
		if _, err := io.ReadFull(c, got); err != nil || string(got) != word {
			t.Fatalf("echo of %q: %q, %v", word, got, err)
		}
	}
}

func (s *suite) watch(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	events, err := s.Watch(ctx)
	must(t, err)
	stranger := s.running(t, func(sp *engine.Spec) { sp.Labels = map[string]string{"not": "ferry's"} })
	n := s.running(t, func(sp *engine.Spec) { sp.Labels[ferry.LabelNode] = "n0" })
	first := s.event(t, events, n)
	if first.State != engine.Running || first.Labels[ferry.LabelStack] != s.stack || first.Labels[ferry.LabelNode] != "n0" {
		t.Errorf("the start: %+v", first)
	}
	must(t, s.RemoveNode(ctx, stranger))
	_, err = s.Exec(ctx, n, engine.Exec{Command: command("quit", "3")}) // its own code is a matter of luck
	must(t, err)
	if e := s.event(t, events, n); e.State != engine.Exited || e.ExitCode != 3 || e.Labels[ferry.LabelNode] != "n0" {
		t.Errorf("the end: %+v", e)
	}
	if got := s.see(t, n); got.ExitCode != 3 {
		t.Errorf("listed with exit code %d, want 3", got.ExitCode)
	}
	cancel()
	for end := time.After(patience); ; {
		select {
		case _, open := <-events:
			if !open {
				return
			}
		case <-end:
			t.Fatal("the watch goes on after its context")
		}
	}
}

// event waits for the next event, which must be of the node. Other stacks on the same
// engine, the user's own for instance, and builds may have theirs in between.
func (s *suite) event(t *testing.T, events <-chan engine.Event, node string) engine.Event {
	t.Helper()
	for end := time.After(patience); ; {
		select {
		case e, open := <-events:
			if open && e.Labels[ferry.LabelStack] != s.stack && e.Labels["not"] == "" {
				continue
			}
			if !open || e.Node != node {
				t.Fatalf("event %+v (open: %v), want one of %s", e, open, node)
			}
			return e
		case <-end:
			t.Fatal("no event")
		}
	}
}
