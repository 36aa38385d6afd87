// Package docker is the engine of Docker 19.03 and later (API 1.40), and the
// only package that speaks Docker's API. It connects when it is first used, and
// again after Docker was away: a server may start before its engine.
package docker

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/moby/moby/client"

	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/mirror"
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
	connection
	home    string
	program mirror.Program
	local   bool
	log     *slog.Logger

	creating sync.Mutex  // one network at a time: engines before 25 allow the same name twice
	indirect atomic.Bool // the nodes' addresses cannot be reached from here

	mounts atomic.Bool            // the engine's machine mounts layers
	flat   atomic.Pointer[string] // why it does not
	over   sync.Map               // volume → the one it stands on, "" for none: neither ever changes
}

var (
	_ engine.Engine = (*Engine)(nil)
	_ engine.Images = (*Engine)(nil)
)

// New does not connect; it fails only when Host is no engine's address.
func New(o Options) (*Engine, error) {
	e := &Engine{connection: connection{host: o.Host}, home: o.Home, program: mirror.ProgramOf(o.Program), log: o.Log}
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
	copies := e.program.Alone() == nil
	err := e.call(ctx, "ask docker about itself", func(ctx context.Context, cli *client.Client) error {
		r, err := cli.Info(ctx, client.InfoOptions{})
		out = engine.Info{
			Engine: "docker", Version: r.Info.ServerVersion, APIVersion: cli.ClientVersion(),
			Memory: r.Info.MemTotal, CPUs: float64(r.Info.NCPU),
			Features: engine.Features{FixedAddresses: true, Copy: copies, Freeze: true, Commit: true, Layer: copies},
		}
		if e.local {
			out.DataRoot = r.Info.DockerRootDir
		}
		return err
	})
	return out, err
}
