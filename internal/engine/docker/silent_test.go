package docker

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ferry-project/ferry/internal/engine"
)

// An engine that never answers about one container keeps nobody waiting forever, and
// is told with what it was asked about which.
func TestSilence(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "s")
	let := make(chan struct{})
	defer close(let)
	serve(t, socket, "1.41", func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/containers/json"):
			_, _ = io.WriteString(w, `[{"Id":"1","Names":["/good0"]},{"Id":"2","Names":["/stuck0"]}]`)
		case strings.HasSuffix(r.URL.Path, "/containers/1/json"):
			_, _ = io.WriteString(w, `{"Name":"/good0"}`)
		case strings.HasSuffix(r.URL.Path, "/info"):
			info(w, r)
		default:
			<-let
		}
	})
	e := newEngine(t, "unix://"+socket)
	e.silence = 200 * time.Millisecond
	says := func(err error, what string) {
		t.Helper()
		if !errors.Is(err, engine.ErrUnavailable) || !strings.Contains(err.Error(), "has not answered within 200ms, asked to "+what) {
			t.Errorf("got %v, want %s", err, what)
		}
	}
	_, err := e.ListNodes(t.Context(), nil)
	says(err, "list nodes (stuck0)")
	says(e.RemoveNode(t.Context(), "stuck0"), "remove node stuck0")
	says(e.StartNode(t.Context(), "stuck0"), "start node stuck0")
	if _, err := e.Info(t.Context()); err != nil {
		t.Errorf("it answers all the same: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := e.ListNodes(ctx, nil); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, engine.ErrUnavailable) {
		t.Errorf("the caller's own patience: %v", err)
	}
}

// An engine that takes connections and says nothing at all is no engine.
func TestSilenceFromTheFirst(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	e := newEngine(t, "unix://"+socket)
	e.silence = 100 * time.Millisecond
	if _, err := e.Info(t.Context()); !errors.Is(err, engine.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
}
