// Package docker is the engine of Docker 19.03 and later (API 1.40), and of Podman as far
// as it speaks Docker's API, which no other package does. It connects when it is first used, and
// again after Docker was away: a server may start before its engine.
package docker

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/moby/moby/client"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/engine/docker/direct"
	"github.com/ferry-project/ferry/internal/engine/docker/facts"
	"github.com/ferry-project/ferry/internal/engine/docker/transport"
	"github.com/ferry-project/ferry/internal/engine/endpoint"
	"github.com/ferry-project/ferry/internal/mirror"
)

// Options say which engine and whose.
type Options struct {
	At   endpoint.Endpoint // without Host: the usual socket
	Home string            // value of the label ferry.home that Watch looks for; "": any
	// Program is a file that runs package mirror's Serve when it is called with the one
	// word mirror, and needs no other file to run; "": volumes cannot be copied.
	Program string
	Log     *slog.Logger
}

// Engine is Docker. Any number of goroutines may use it.
type Engine struct {
	connection
	home    string
	program mirror.Program
	local   bool
	log     *slog.Logger

	creating sync.Mutex // one network at a time: engines before 25 allow the same name twice
	product  facts.Product
	ways     *direct.Ways

	mounts atomic.Bool            // the engine's machine mounts layers
	flat   atomic.Pointer[string] // why it does not
	over   sync.Map               // volume → the one it stands on, "" for none: neither ever changes
}

var (
	_ engine.Engine = (*Engine)(nil)
	_ engine.Images = (*Engine)(nil)
)

// New does not connect; it fails only when At is no engine's address.
func New(o Options) (*Engine, error) {
	if o.At.Host == "" {
		o.At.Host = endpoint.Usual
	}
	e := &Engine{connection: connection{at: o.At}, home: o.Home, program: mirror.ProgramOf(o.Program), log: o.Log, ways: direct.New()}
	if e.log == nil {
		e.log = slog.New(slog.DiscardHandler)
	}
	e.local = o.At.Socket() != ""
	var err error
	if e.opts, err = transport.To(o.At); err == nil {
		_, err = client.New(e.opts...)
	}
	if err != nil {
		return nil, ferry.Errorf(ferry.Invalid, "the engine's address %s: %w", o.At, err)
	}
	return e, nil
}

// Close lets go of idle connections. The engine can still be used.
func (e *Engine) Close() error {
	e.mu.Lock()
	cli := e.cli
	e.mu.Unlock()
	e.forget(cli)
	return nil
}

// Info is one round trip, and one more the first time.
func (e *Engine) Info(ctx context.Context) (engine.Info, error) {
	var out engine.Info
	copies := e.program.Alone() == nil
	err := e.call(ctx, "ask docker about itself", func(ctx context.Context, cli *client.Client) error {
		r, err := cli.Info(ctx, client.InfoOptions{})
		out = engine.Info{
			Engine: "docker", Version: r.Info.ServerVersion, APIVersion: cli.ClientVersion(),
			Memory: r.Info.MemTotal, CPUs: float64(r.Info.NCPU),
			Features: engine.Features{FixedAddresses: true, Copy: copies, Freeze: true, Commit: true, Layer: copies},
		}
		if err != nil {
			return err
		}
		out.Facts = facts.Of(r.Info)
		out.Facts.Product = e.product.Of(ctx, cli)
		if e.local && out.Facts.Machine == "" {
			out.DataRoot = r.Info.DockerRootDir
		}
		return nil
	})
	return out, err
}
