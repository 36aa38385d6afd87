// Package server is the composition root: the one place where engine, store,
// personalities, recipes and use cases meet and become a server.
package server

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"slices"

	"github.com/gofrs/flock"
	"golang.org/x/sync/errgroup"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api/server"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/images"
)

// Config is what a server is told.
type Config struct {
	Home    string // absolute; state, cache and socket lie in it
	Version string
	// EngineHost is DOCKER_HOST-like; "": the local engine's socket.
	EngineHost string
	// Engine, when set, is used instead of Docker: tests run on the fake one.
	Engine      engine.Engine
	AddressPool string
	SocketGroup string
	// TCP is served only with TLS and a token.
	TCP      TCP
	Settings images.HostSettings
	Log      *slog.Logger
}

// TCP is where the API is served beside the socket.
type TCP struct {
	Address, Cert, Key, Token string
}

// check refuses what would leave the API open.
func (t TCP) check() error {
	if t.Address == "" || t.Cert != "" && t.Key != "" && t.Token != "" {
		return nil
	}
	return ferry.Errorf(ferry.Invalid, "the API is served on TCP only with a certificate, its key and a token").
		WithHint("ferry server --listen ADDRESS --tls-cert FILE --tls-key FILE, and the token in FERRY_TOKEN")
}

// Run serves until ctx ends or somebody asks it to quit. When another server of
// this home runs already there is nothing to do.
func Run(ctx context.Context, c Config) error {
	if err := c.TCP.check(); err != nil {
		return err
	}
	p := PathsOf(c.Home)
	if err := p.make(); err != nil {
		return err
	}
	lock := flock.New(p.Lock)
	free, err := lock.TryLock()
	if err != nil {
		return fmt.Errorf("lock %s: %w", p.Lock, err)
	}
	if !free {
		c.Log.Info("another server of this home runs already", "home", c.Home)
		return nil
	}
	defer func() { _ = lock.Unlock() }()
	return serve(ctx, c, p)
}

func serve(ctx context.Context, c Config, p Paths) error {
	ctx, quit := context.WithCancel(ctx)
	defer quit()
	m, closers, err := assemble(ctx, c, p, quit)
	defer closers.close(c.Log)
	if err != nil {
		return err
	}
	listeners, err := listen(c, p)
	if err != nil {
		return err
	}
	if err := m.Recover(ctx); err != nil {
		return fmt.Errorf("go on with what was at work: %w", err)
	}
	c.Log.Info("serving", "socket", p.Socket, "version", c.Version, "pid", os.Getpid())
	g, ctx := errgroup.WithContext(ctx)
	handler := server.Handler(m, server.Options{Log: c.Log})
	for _, l := range listeners {
		h := handler
		if l.Addr().Network() == "tcp" {
			h = server.WithToken(handler, c.TCP.Token)
		}
		g.Go(func() error { return server.Serve(ctx, l, h, c.Log) })
	}
	g.Go(func() error { return ignoreEnd(ctx, m.Watch(ctx)) })
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

func listen(c Config, p Paths) ([]net.Listener, error) {
	unix, err := server.ListenUnix(p.Socket, c.SocketGroup)
	if err != nil {
		return nil, err
	}
	if c.TCP.Address == "" {
		return []net.Listener{unix}, nil
	}
	tcp, err := server.ListenTLS(c.TCP.Address, c.TCP.Cert, c.TCP.Key)
	if err != nil {
		_ = unix.Close()
		return nil, err
	}
	return []net.Listener{unix, tcp}, nil
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
