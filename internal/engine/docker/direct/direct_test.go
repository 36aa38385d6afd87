package direct

import (
	"context"
	"errors"
	"net"
	"syscall"
	"testing"
	"time"
)

// One error does not close a way forever, nor that of other nodes.
func TestDetour(t *testing.T) {
	now := time.Now()
	answers := map[string]error{"a": syscall.EHOSTUNREACH, "b": nil, "c": &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}}
	dialled := map[string]int{}
	w := New()
	w.now = func() time.Time { return now }
	w.dial = func(_ context.Context, _, at string) (net.Conn, error) {
		dialled[at]++
		if err := answers[at]; err != nil {
			return nil, err
		}
		near, _ := net.Pipe()
		return near, nil
	}
	ask := func(node string, way, fails bool) {
		t.Helper()
		conn, err := w.Dial(t.Context(), node, node)
		if (conn != nil) != way || (err != nil) != fails {
			t.Errorf("%s: %v, %v", node, conn, err)
		}
	}
	ask("a", false, false)
	ask("b", true, false)
	ask("c", false, true) // a closed port is an answer
	ask("c", false, true)
	answers["a"] = nil
	ask("a", false, false)
	if dialled["a"] != 1 {
		t.Errorf("dialled %d times", dialled["a"])
	}
	now = now.Add(detour)
	ask("a", true, false)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	answers["b"] = context.Canceled
	if _, err := w.Dial(ctx, "b", "b"); !errors.Is(err, context.Canceled) || w.blocked("b") {
		t.Errorf("the caller's own end: %v", err)
	}
}
