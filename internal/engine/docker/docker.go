// Package docker is the engine of Docker 19.03 and later (API 1.40), and the
// only package that speaks Docker's API. It connects when it is first used, and
// again after Docker was away: a server may start before its engine.
package docker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/moby/moby/client"

	"github.com/ferry-project/ferry/internal/engine"
)

const defaultHost = "unix:///var/run/docker.sock"

// Options say which engine and whose.
type Options struct {
	Host     string // like DOCKER_HOST: unix://, tcp://, ssh://; "": the local socket
	CertPath string // folder of ca.pem, cert.pem and key.pem for tcp:// with TLS
	Home     string // value of the label ferry.home that Watch looks for; "": any
	// Program is a file that runs package mirror's Serve when it is called with the one
	// word mirror, and needs no other file to run; "": volumes cannot be copied.
	Program string
	Log     *slog.Logger
}

// Engine is Docker. Any number of goroutines may use it.
type Engine struct {
	host    string
	home    string
	program string
	local   bool
	log     *slog.Logger
	opts    []client.Opt
	silence time.Duration // a test's, in place of answerTime and workTime

	mu  sync.Mutex
	cli *client.Client // nil until an engine has answered, and after it has gone

	creating sync.Mutex  // one network at a time: engines before 25 allow the same name twice
	indirect atomic.Bool // the nodes' addresses cannot be reached from here

	mounts atomic.Bool            // the engine's machine mounts layers
	flat   atomic.Pointer[string] // why it does not
}

var (
	_ engine.Engine = (*Engine)(nil)
	_ engine.Images = (*Engine)(nil)
)

// New does not connect; it fails only when Host is no engine's address.
func New(o Options) (*Engine, error) {
	e := &Engine{host: o.Host, home: o.Home, program: o.Program, log: o.Log}
	if e.host == "" {
		e.host = defaultHost
	}
	if e.log == nil {
		e.log = slog.New(slog.DiscardHandler)
	}
	e.local = strings.HasPrefix(e.host, "unix://")
	var err error
	if e.opts, err = transport(e.host, o.CertPath); err != nil {
		return nil, fmt.Errorf("docker host %s: %w", e.host, err)
	}
	_, err = client.New(e.opts...)
	if err != nil {
		return nil, fmt.Errorf("docker host %s: %w", e.host, err)
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

// Info is one round trip once connected.
func (e *Engine) Info(ctx context.Context) (engine.Info, error) {
	var out engine.Info
	err := e.call(ctx, "ask docker about itself", func(ctx context.Context, cli *client.Client) error {
		r, err := cli.Info(ctx, client.InfoOptions{})
		out = engine.Info{
			Engine: "docker", Version: r.Info.ServerVersion, APIVersion: cli.ClientVersion(),
			Memory: r.Info.MemTotal, CPUs: float64(r.Info.NCPU),
			Features: engine.Features{FixedAddresses: true, Copy: copies(e.program), Freeze: true, Commit: true, Layer: copies(e.program)},
		}
		if e.local {
			out.DataRoot = r.Info.DockerRootDir
		}
		return err
	})
	return out, err
}

// How long an engine may keep silent.
const (
	answerTime = 2 * time.Minute  // on a busy machine a container's start takes half of one
	workTime   = 15 * time.Minute // to remove what may be large
)

// call is for what an engine does at once: one that does not is not waited for any longer.
func (e *Engine) call(ctx context.Context, doing string, f func(context.Context, *client.Client) error) error {
	return e.within(ctx, answerTime, doing, f)
}

// within is a call of an engine that may keep silent for so long. Docker may answer all
// others and never one about a certain container, so the error says which.
func (e *Engine) within(ctx context.Context, limit time.Duration, doing string, f func(context.Context, *client.Client) error) error {
	limit = cmp.Or(e.silence, limit)
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	var about ofNode
	err := e.stream(limited, doing, func(cli *client.Client) error {
		err := f(limited, cli)
		about, _ = errors.AsType[ofNode](err)
		return err
	})
	switch {
	case err == nil, limited.Err() == nil, ctx.Err() != nil:
		return err
	case about.node != "":
		doing += " (" + about.node + ")"
	}
	return fmt.Errorf("%w: Docker at %s has not answered within %s, asked to %s", engine.ErrUnavailable, e.host, limit, doing)
}

// ofNode is the error of a call about one of several nodes.
type ofNode struct {
	node string
	error
}

func (o ofNode) Unwrap() error { return o.error }

// stream runs f with a client that has agreed with the engine on a version, and
// puts its error into the engine contract's words: doing says what was done to what.
// It may take any time: what is streamed does not end by itself.
func (e *Engine) stream(ctx context.Context, doing string, f func(*client.Client) error) error {
	cli, err := e.client(ctx)
	if err == nil {
		err = f(cli)
	}
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return fmt.Errorf("%s: %w", doing, ctx.Err())
	}
	err = e.explain(err)
	if errors.Is(err, engine.ErrUnavailable) {
		e.forget(cli)
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// client returns the connection, made and checked by one ping when there is none.
// A new client each time: the version agreed on may change while Docker is away.
func (e *Engine) client(ctx context.Context) (*client.Client, error) {
	e.mu.Lock()
	cli := e.cli
	e.mu.Unlock()
	if cli != nil {
		return cli, nil
	}
	cli, err := client.New(e.opts...)
	if err != nil {
		return nil, err
	}
	if _, err := cli.Ping(ctx, client.PingOptions{NegotiateAPIVersion: true}); err != nil {
		_ = cli.Close()
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.cli == nil {
		e.cli = cli
	}
	return e.cli, nil
}

func (e *Engine) forget(cli *client.Client) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if cli != nil && e.cli == cli {
		e.cli = nil
		_ = cli.Close()
	}
}
