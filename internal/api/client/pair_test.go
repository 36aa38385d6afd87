package client_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/api/client"
	"github.com/ferry-project/ferry/internal/api/server"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what must happen.
const patience = 2 * time.Minute

// socket returns a path that is short enough for a socket.
func socket(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "fy")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return filepath.Join(dir, "s")
}

// running serves f on the path until stop, which waits for its end and may be
// called again.
func running(t *testing.T, f api.Ferry, path string) (stop func()) {
	t.Helper()
	ln, err := server.ListenUnix(path, "")
	if err != nil {
		t.Fatal(err)
	}
	return serving(t, ln, server.Handler(f, server.Options{Heartbeat: 20 * time.Millisecond}))
}

func serving(t *testing.T, ln net.Listener, h http.Handler) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx, ln, h, nil) }()
	return sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
}

// dial returns a client of a server for f, both gone with the test.
func dial(t *testing.T, f api.Ferry) *client.Client {
	t.Helper()
	path := socket(t)
	stop := running(t, f, path)
	t.Cleanup(stop)
	return open(t, client.Options{Socket: path})
}

func open(t *testing.T, o client.Options) *client.Client {
	t.Helper()
	c, err := client.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// within returns a context that ends with the test or its patience.
func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// wait waits for ch to be closed or to give something.
func wait[T any](t *testing.T, ch <-chan T, what string) T {
	t.Helper()
	select {
	case v := <-ch:
		return v
	case <-time.After(patience):
		t.Fatalf("waited in vain for %s", what)
		panic("unreachable")
	}
}

// asError returns the ferry.Error that err must be.
func asError(t *testing.T, err error) *ferry.Error {
	t.Helper()
	var e *ferry.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %T %v, want a *ferry.Error", err, err)
	}
	return e
}
