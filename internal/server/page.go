package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/api/server"
	"github.com/ferry-project/ferry/internal/web"
	"github.com/ferry-project/ferry/internal/web/login"
)

// page is the web page, which nobody can connect to before somebody asks for a link to it.
type page struct {
	log *slog.Logger

	mu    sync.Mutex
	serve func(ln net.Listener, h http.Handler) // nil: the server is not running
	ferry api.Ferry
	door  *login.Door // nil: not open yet
}

// begin lets the page be opened until ctx ends.
func (p *page) begin(ctx context.Context, g *errgroup.Group, f api.Ferry) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ferry = f
	p.serve = func(ln net.Listener, h http.Handler) {
		g.Go(func() error { return server.Serve(ctx, ln, h, p.log) })
	}
}

// UI opens the page, if it is not open, and returns a link to it.
func (p *page) UI(context.Context) (api.Link, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.serve == nil {
		return api.Link{}, ferry.Errorf(ferry.Unavailable, "the server does not run yet")
	}
	if p.door == nil {
		if err := p.open(); err != nil {
			return api.Link{}, err
		}
	}
	url, expires := p.door.Link()
	return api.Link{URL: url, Expires: expires}, nil
}

// pageName is what browsers call this machine without asking anybody. Its cookies are its
// own: those of 127.0.0.1 go to every page that a stack publishes there.
const pageName = "ferry.localhost"

// usualPort is that of the page where it is free, so that its addresses stay what they are.
const usualPort = 7733

func (p *page) open() error {
	lns, port, err := listenLoopback()
	if err != nil {
		return err
	}
	site, err := web.New(p.ferry, p.log, time.Now)
	if err != nil {
		return fmt.Errorf("make the page: %w", err)
	}
	p.door = &login.Door{
		Host:   net.JoinHostPort(pageName, strconv.Itoa(port)),
		Cookie: "ferry_" + strconv.Itoa(port), Now: time.Now,
	}
	h := p.door.Guard(site.Handler())
	for _, ln := range lns {
		p.serve(ln, h)
	}
	p.log.Info("the page is open", "host", p.door.Host)
	return nil
}

// attempts bounds how often another port is tried.
const attempts = 16

// listenLoopback listens on one port of this machine, in both of its families of addresses:
// on one that is left free another user could wait for the browser's token.
func listenLoopback() (lns []net.Listener, port int, err error) {
	for i := range attempts {
		port = 0
		if i == 0 {
			port = usualPort
		}
		if lns, port, err = listenBoth(port); err == nil {
			return lns, port, nil
		}
	}
	return nil, 0, ferry.Errorf(ferry.Failed, "listen on a port of this machine: %w", err)
}

func listenBoth(port int) ([]net.Listener, int, error) {
	v4, err := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return nil, 0, err
	}
	port = v4.Addr().(*net.TCPAddr).Port // of a TCP listener
	v6, err := net.Listen("tcp6", net.JoinHostPort("::1", strconv.Itoa(port)))
	switch {
	case errors.Is(err, syscall.EADDRNOTAVAIL), errors.Is(err, syscall.EAFNOSUPPORT):
		return []net.Listener{v4}, port, nil // this machine has no such address, so nobody can take it
	case err != nil:
		return nil, 0, errors.Join(err, v4.Close())
	}
	return []net.Listener{v4, v6}, port, nil
}
