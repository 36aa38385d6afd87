package client_test

import (
	"context"
	"net"
	"sync/atomic"
	"testing"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api/apitest"
	"github.com/ferry-project/ferry/internal/api/client"
)

// holding is a server that notes who holds what.
type holding struct {
	begun, ended chan string
}

func newHolding() (*holding, *apitest.Ferry) {
	h := &holding{begun: make(chan string, 9), ended: make(chan string, 9)}
	return h, &apitest.Ferry{HoldFunc: func(ctx context.Context, ref string, held func() error) error {
		h.begun <- ref
		defer func() { h.ended <- ref }()
		if err := held(); err != nil {
			return err
		}
		<-ctx.Done()
		return context.Cause(ctx)
	}}
}

// A stack is held until the caller ends it, which the server sees.
func TestHoldUntilTheCallerEndsIt(t *testing.T) {
	h, f := newHolding()
	ctx, cancel := context.WithCancel(within(t))
	held, over := make(chan struct{}), make(chan error, 1)
	c := dial(t, f)
	go func() { over <- c.Hold(ctx, "a/b ü", func() error { close(held); return nil }) }()
	wait(t, held, "the stack to be held")
	if ref := <-h.begun; ref != "a/b ü" {
		t.Errorf("%q is held", ref)
	}
	cancel()
	<-h.ended
	if err := <-over; ferry.CodeOf(err) != ferry.Interrupted {
		t.Errorf("it ended with %v", err)
	}
}

// A stack is held by the next server, too, when the one before is gone.
func TestHoldOutlivesAServer(t *testing.T) {
	h, f := newHolding()
	path := socket(t)
	stop := running(t, f, path)
	var dials atomic.Int32
	c, err := client.New(client.Options{Socket: path, Redial: func(context.Context) error {
		dials.Add(1)
		stop = running(t, f, path)
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx, cancel := context.WithCancel(within(t))
	over := make(chan error, 1)
	go func() { over <- c.Hold(ctx, "sa-1", func() error { return nil }) }()
	<-h.begun
	stop()
	<-h.ended
	<-h.begun // again
	cancel()
	<-over
	stop()
	if dials.Load() != 1 {
		t.Errorf("%d servers were started", dials.Load())
	}
}

// A server's word is final: what is gone cannot be held.
func TestHoldOfWhatIsGone(t *testing.T) {
	err := dial(t, &apitest.Ferry{}).Hold(within(t), "sa-1", func() error { return nil })
	if ferry.CodeOf(err) != ferry.NotFound {
		t.Errorf("got %v", err)
	}
}

// A connection without a word is noticed by the server: it is what a killed process leaves.
func TestHolderThatDies(t *testing.T) {
	h, f := newHolding()
	path := socket(t)
	defer running(t, f, path)()
	conn, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write([]byte("POST /v1/stacks/sa-1/lease HTTP/1.1\r\nHost: ferry\r\nContent-Length: 0\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	<-h.begun
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	<-h.ended
}

func TestRelease(t *testing.T) {
	released := ""
	f := &apitest.Ferry{ReleaseFunc: func(_ context.Context, ref string) error { released = ref; return nil }}
	if err := dial(t, f).Release(within(t), "a/b ü"); err != nil || released != "a/b ü" {
		t.Errorf("released %q, %v", released, err)
	}
}
