package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

const (
	// grace is how long calls may go on once the server is to end; streams that
	// would never end by themselves are cut off then.
	grace = 500 * time.Millisecond
	// patience is how long calls that were cut off may take to notice.
	patience = 5 * time.Second
)

// Serve serves h on ln until ctx ends, and closes ln. Then it lets running calls
// finish, cuts off streams, and waits for both; nil when all have ended. There is
// no limit on how long an answer may take: logs and events do not end. log takes
// what net/http has to say of broken connections; nil: nobody.
func Serve(ctx context.Context, ln net.Listener, h http.Handler, log *slog.Logger) error {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	base, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	var calls sync.WaitGroup
	srv := &http.Server{
		Handler:           counted(&calls, h),
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		BaseContext:       func(net.Listener) context.Context { return base },
	}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(ln) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve %s: %w", ln.Addr(), err)
	case <-ctx.Done():
	}
	err := shutdown(srv, cut, &calls)
	<-failed //nolint:errcheck // it says only that the server was closed
	return err
}

// counted counts running calls. net/http forgets a connection that became a
// WebSocket.
func counted(calls *sync.WaitGroup, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		defer calls.Done()
		h.ServeHTTP(w, r)
	})
}

// shutdown has its own deadline: the context that brought it here is over.
func shutdown(srv *http.Server, cut func(), calls *sync.WaitGroup) error {
	defer time.AfterFunc(grace, cut).Stop()
	ctx, cancel := context.WithTimeout(context.Background(), grace+patience)
	defer cancel()
	err := srv.Shutdown(ctx)
	if err != nil {
		err = errors.Join(fmt.Errorf("shut down: %w", err), srv.Close())
	}
	ended := make(chan struct{})
	go func() { calls.Wait(); close(ended) }()
	select {
	case <-ended:
		return err
	case <-ctx.Done():
		return errors.Join(err, errors.New("shut down: a call did not end"))
	}
}
