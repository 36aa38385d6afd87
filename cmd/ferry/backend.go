package main

import (
	"context"
	"crypto/x509"
	"io"
	"log/slog"
	"net/http"
	"os"
	"runtime/debug"
	"syscall"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/api/client"
	"github.com/ferry-project/ferry/internal/build"
	"github.com/ferry-project/ferry/internal/cli"
	"github.com/ferry-project/ferry/internal/plan"
	"github.com/ferry-project/ferry/internal/server"
)

// backend is the server's side of the process: the one this process talks to,
// or is.
type backend struct {
	settings
	version string
	talk    io.Writer
}

// self is the file of this program, whatever became of its name since it was started.
const self = "/proc/self/exe"

func (b *backend) config(log *slog.Logger) (server.Config, error) {
	at, err := b.engine.Find()
	return server.Config{
		Home: b.home, Version: b.version, At: at, Context: b.engine.Context, Program: self,
		AddressPool: b.addressPool, SocketGroup: b.socketGroup,
		Settings: build.Host(b.userHome, b.proxies), Log: log,
	}, err
}

// useContext takes the engine of a Docker context, whatever the environment names.
func (b *backend) useContext(name string) { b.engine.Context = name }

// connect and find log nothing: a client tells its user, by errors.

func (b *backend) connect(ctx context.Context) (api.Ferry, error) {
	if b.server != "" {
		return b.elsewhere(ctx)
	}
	c, err := b.config(slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	return server.Connect(ctx, c, b.talk)
}

// find asks for no engine: whoever ends a server may have lost the one it had.
func (b *backend) find(ctx context.Context) (api.Ferry, error) {
	if b.server != "" {
		return b.elsewhere(ctx)
	}
	return server.Find(ctx, server.Config{Home: b.home})
}

// elsewhere returns the server of another machine. It is not ours to start.
func (b *backend) elsewhere(ctx context.Context) (api.Ferry, error) {
	if b.engine.Context != "" {
		return nil, ferry.Errorf(ferry.Invalid, "--context names an engine for a server here, and FERRY_HOST a server elsewhere, which has its own").
			WithHint("leave out one of the two")
	}
	cas, err := b.authorities()
	if err != nil {
		return nil, err
	}
	f, err := client.New(client.Options{URL: b.server, Token: b.token, CAs: cas, Proxy: http.ProxyFromEnvironment})
	if err != nil {
		return nil, err
	}
	_, err = f.Version(ctx)
	return f, err
}

func (b *backend) authorities() (*x509.CertPool, error) {
	if b.authority == "" {
		return nil, nil //nolint:nilnil // the machine's own
	}
	text, err := os.ReadFile(b.authority)
	if err != nil {
		return nil, ferry.Errorf(ferry.Invalid, "read FERRY_CA: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, ferry.Errorf(ferry.Invalid, "FERRY_CA %s holds no certificate in PEM form", b.authority)
	}
	return pool, nil
}

func (b *backend) serve(ctx context.Context, o cli.ServerOptions) error {
	debug.SetGCPercent(serverGC)
	c, err := b.config(b.logger(o))
	if err != nil {
		return b.ended(o, err)
	}
	c.TCP = server.TCP{Address: o.Listen, Cert: o.TLSCert, Key: o.TLSKey, Token: b.token}
	if o.Report != 0 {
		syscall.CloseOnExec(o.Report)
	}
	return b.ended(o, server.Run(ctx, c))
}

// ended lets the process know that started this server why it has ended.
func (*backend) ended(o cli.ServerOptions, err error) error {
	if o.Report != 0 {
		server.Report(o.Report, err)
	}
	return err
}

func (b *backend) logger(o cli.ServerOptions) *slog.Logger {
	h := &slog.HandlerOptions{Level: o.LogLevel}
	if o.LogJSON {
		return slog.New(slog.NewJSONHandler(b.talk, h))
	}
	return slog.New(slog.NewTextHandler(b.talk, h))
}

func (*backend) planText(p api.Proposal) string { return plan.Text(p.Plan, p.Ops) }
