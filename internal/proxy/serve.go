package proxy

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/ferry-project/ferry/internal/api/tunnel"
)

// greeting is how long a client may take to say what it wants.
const greeting = 30 * time.Second

// ServeWeb is an HTTP proxy for the stack on ln until ctx ends; it closes ln.
func (s Stack) ServeWeb(ctx context.Context, ln net.Listener) error {
	srv := &http.Server{
		Handler: s.Handler(), ReadHeaderTimeout: greeting,
		BaseContext: func(net.Listener) context.Context { return ctx },
		ErrorLog:    slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug), // of clients that leave
	}
	defer context.AfterFunc(ctx, func() { _ = srv.Close() })()
	if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve the proxy: %w", err)
	}
	return nil
}

// Forward makes every connection to ln one to where dial leads, until ctx ends; it closes
// ln. What keeps one of them from its end is told to failed.
func Forward(ctx context.Context, ln net.Listener, dial func(context.Context) (net.Conn, error), failed func(error)) error {
	return accept(ctx, ln, func(near net.Conn) {
		far, err := dial(ctx)
		if err != nil {
			_ = near.Close()
			if ctx.Err() == nil {
				failed(err)
			}
			return
		}
		tunnel.Join(ctx, near, far)
	})
}

// accept serves every connection to ln in a goroutine of its own, and waits for all.
func accept(ctx context.Context, ln net.Listener, serve func(net.Conn)) error {
	var open sync.WaitGroup
	defer open.Wait()
	defer context.AfterFunc(ctx, func() { _ = ln.Close() })()
	for {
		conn, err := ln.Accept()
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("listen on %s: %w", ln.Addr(), err)
		}
		open.Go(func() { serve(conn) })
	}
}
