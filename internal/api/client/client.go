// Package client is an api.Ferry that speaks to a server: over its Unix socket, or
// over TCP with TLS and a token. Errors of the server come back as the *ferry.Error
// they were. A server that cannot be reached is ferry.Unavailable; a call that was
// given up by its context is ferry.Interrupted and wraps the context's error.
package client

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/api/unixsock"
)

var _ api.Ferry = (*Client)(nil)

// Options say where the server is: a socket, or a URL with a token.
type Options struct {
	// Socket is the path of the server's Unix socket.
	Socket string
	// URL is "https://host:port"; plain http is taken for this machine only. It is
	// used when Socket is empty.
	URL string
	// Token goes with every request to the URL.
	Token string
	// CAs are the authorities a server's certificate may come from; nil: the
	// machine's own.
	CAs *x509.CertPool
	// Proxy says by which proxy the URL is reached, as http.ProxyFromEnvironment
	// does; nil: by none.
	Proxy func(*http.Request) (*url.URL, error)
	// Trust says whether a user's process may be the server that answers on the
	// socket; nil: this user's and root's. Its error, a *ferry.Error, is the call's.
	Trust func(uid int) error
	// Redial brings a server back after a connection was lost, by starting a new one
	// for example. Follow then goes on, and calls that can be made twice, or that
	// reached nobody, are made again; an error of it ends both. nil: Follow tries
	// again for some seconds, other calls fail.
	Redial func(ctx context.Context) error
}

// Client is safe for use by several goroutines.
type Client struct {
	base   string // without a slash at the end
	where  string // for people
	token  string
	http   *http.Client
	redial func(ctx context.Context) error
}

// New makes a client; it does not connect yet. Options that cannot work are ferry.Invalid.
func New(o Options) (*Client, error) {
	t := &http.Transport{
		TLSClientConfig:       &tls.Config{RootCAs: o.CAs, MinVersion: tls.VersionTLS12},
		DisableCompression:    true,
		IdleConnTimeout:       30 * time.Second, // below the server's, so that no call meets a closed connection
		TLSHandshakeTimeout:   10 * time.Second,
		ExpectContinueTimeout: 2 * time.Second,
		Proxy:                 o.Proxy,
	}
	c := &Client{token: o.Token, redial: o.Redial}
	if o.Socket != "" {
		c.base, c.where, c.token = "http://ferry", o.Socket, ""
		t.Proxy = nil
		t.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			return dialSocket(ctx, o)
		}
	} else {
		if err := checkURL(o.URL); err != nil {
			return nil, err
		}
		c.base = strings.TrimRight(o.URL, "/")
		c.where = c.base
	}
	c.http = &http.Client{Transport: t, CheckRedirect: stay}
	return c, nil
}

// dialSocket connects to a server that may be trusted with a user's files, and
// whose answers may be unpacked.
func dialSocket(ctx context.Context, o Options) (net.Conn, error) {
	conn, err := unixsock.Dial(ctx, o.Socket)
	if err != nil {
		return nil, err
	}
	uid, err := unixsock.Peer(conn)
	switch {
	case err != nil:
	case o.Trust != nil:
		err = o.Trust(uid)
	case uid != 0 && uid != os.Geteuid():
		err = ferry.Errorf(ferry.Invalid, "the server on %s is run by another user, %d", o.Socket, uid)
	}
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	return conn, nil
}

// stay follows no redirect: the server sends none, and the token is for it alone.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

func checkURL(s string) error {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		return ferry.Errorf(ferry.Invalid, "%q is not the address of a server", s).WithHint("it looks like https://host:7443")
	}
	ip := net.ParseIP(u.Hostname())
	here := u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
	if u.Scheme != "https" && (u.Scheme != "http" || !here) {
		return ferry.Errorf(ferry.Invalid, "a server on another machine is reached by https only, not %q", s)
	}
	return nil
}

// Close lets go of idle connections. The client can still be used afterwards.
func (c *Client) Close() error {
	c.http.CloseIdleConnections()
	return nil
}
