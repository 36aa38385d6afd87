// Package server is the composition root: the one place where engine, store,
// personalities, recipes and use cases meet and become a server.
package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"

	"github.com/gofrs/flock"
	"golang.org/x/sync/errgroup"

	"github.com/ferry-project/ferry/internal/api/server"
	"github.com/ferry-project/ferry/internal/build"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/engine/endpoint"
)

// Config configures a server.
type Config struct {
	Home    string // absolute; state, cache and socket lie in it
	Version string
	// At is where the engine listens.
	At endpoint.Endpoint
	// Context is the option by which a command asked for that engine; a server that it
	// starts is called with it too.
	Context string
	// Program is this program's file: the engine copies volumes with it.
	Program string
	// Engine, when set, is used instead of Docker: tests run on the fake one.
	Engine      Engine
	AddressPool string
	SocketGroup string
	// TCP is served only with TLS and a token.
	TCP      TCP
	Settings build.HostSettings
	Log      *slog.Logger
}

// Engine is an engine that builds its images itself.
type Engine interface {
	engine.Engine
	engine.Images
}

// Run serves until ctx ends or somebody asks it to quit. When another server of
// this home answers there is nothing to do; one that ends is waited for.
func Run(ctx context.Context, c Config) error {
	if err := c.TCP.check(); err != nil {
		return err
	}
	return plainly(begin(ctx, c, PathsOf(c.Home)))
}

func begin(ctx context.Context, c Config, p Paths) error {
	notice, err := p.make(c.SocketGroup)
	if err != nil {
		return err
	}
	if notice != "" {
		c.Log.Warn(notice)
	}
	lock, err := hold(ctx, c, p)
	if lock == nil || err != nil {
		return err
	}
	defer func() { _ = lock.Unlock() }()
	return serve(ctx, c, p, lock)
}

func serve(ctx context.Context, c Config, p Paths, lock *flock.Flock) error {
	ctx, quit := context.WithCancel(ctx)
	defer quit()
	m, closers, err := assemble(ctx, c, p, quit)
	defer closers.close(c.Log)
	if err != nil {
		return err
	}
	records, err := os.Stat(p.Store)
	if err != nil {
		return err
	}
	unix, err := server.ListenUnix(p.Socket, c.SocketGroup)
	if err != nil {
		return err
	}
	handler := server.Handler(m, server.Options{Log: c.Log})
	g, ctx := errgroup.WithContext(ctx)
	tcp, err := c.TCP.listen(handler)
	if err != nil {
		return errors.Join(err, unix.Close())
	}
	if err := m.Recover(ctx); err != nil {
		return fmt.Errorf("go on with what was at work: %w", err)
	}
	m.begin(ctx, g, m)
	if err := m.DropIncoming(ctx); err != nil {
		c.Log.Error("take back what was not imported whole", "error", err)
	}
	c.Log.Info("serving", "socket", p.Socket, "version", c.Version, "pid", os.Getpid())
	g.Go(func() error { return server.Serve(ctx, unix, handler, c.Log) })
	g.Go(func() error { return tcp.serve(ctx, c.Log) })
	g.Go(func() error { return keeper{paths: p, lock: lock, records: records, socket: unix, log: c.Log}.run(ctx) })
	g.Go(func() error { return ignoreEnd(ctx, m.Watch(ctx)) })
	g.Go(func() error { return ignoreEnd(ctx, m.Keep(ctx, m.Remove)) })
	g.Go(func() error { <-ctx.Done(); m.Close(); return nil })
	return g.Wait()
}

// ignoreEnd: that the server was asked to end is no error.
func ignoreEnd(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// closers end what a server has opened, last opened first.
type closers []func() error

func (cs closers) close(log *slog.Logger) {
	for _, end := range slices.Backward(cs) {
		if err := end(); err != nil {
			log.Error("closing", "error", err)
		}
	}
}
