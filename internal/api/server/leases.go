package server

import (
	"context"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

func (r routes) leases() {
	f := r.ferry
	hold := gives(described(operation(http.MethodPost, "/v1/stacks/{ref}/lease", "stacks", "hold-stack", "Hold a stack"),
		"Keeps a stack that was started with a lease as long as the connection lasts. Every line says that it is held; they come again and again, "+
			"so that both ends notice a lost connection. Ask again soon after one was lost: else the stack is removed."),
		textType, "Lines of text, as long as the stack is held.", &huma.Schema{Type: huma.TypeString})
	huma.Register(r.api, failure(r.api, hold), func(_ context.Context, in *refInput) (*huma.StreamResponse, error) {
		return streamed(textType, func(w *flushed, req *http.Request) error {
			b := &beats{w: w}
			defer b.stop()
			return f.Hold(req.Context(), in.Ref, func() error { return b.start(r.heartbeat) })
		})
	})
	huma.Register(r.api, described(operation(http.MethodDelete, "/v1/stacks/{ref}/lease", "stacks", "release-stack", "End a stack's lease"),
		"The stack stays from then on until somebody removes it."),
		func(ctx context.Context, in *refInput) (*nothing, error) { return done(f.Release(ctx, in.Ref)) })
}

// beats are the lines by which both ends of a quiet connection know that it is there.
type beats struct {
	w    io.Writer
	quit chan struct{}
	wg   sync.WaitGroup
}

const stillHeld = "held\n"

// start sends the first line, and others in the background.
func (b *beats) start(period time.Duration) error {
	if _, err := io.WriteString(b.w, stillHeld); err != nil {
		return err
	}
	b.quit = make(chan struct{})
	b.wg.Go(func() {
		t := time.NewTicker(period)
		defer t.Stop()
		for {
			select {
			case <-b.quit:
				return
			case <-t.C:
				if _, err := io.WriteString(b.w, stillHeld); err != nil {
					return // the request's context ends with the connection
				}
			}
		}
	})
	return nil
}

func (b *beats) stop() {
	if b.quit != nil {
		close(b.quit)
		b.wg.Wait()
	}
}
