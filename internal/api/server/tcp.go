package server

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
)

// mostConnections bounds those on TCP, where strangers may hold some for a while:
// there are always descriptors left for the Unix socket and for the engine.
const mostConnections = 256

// TLSListener listens on a TCP address.
type TLSListener struct {
	net.Listener
	leaf *x509.Certificate
}

// ListenTLS listens on a TCP address ("127.0.0.1:7443") with a certificate and its
// key in PEM files, TLS 1.2 at least. HTTP/2 is not offered: exec needs a
// connection of its own.
func ListenTLS(addr, certFile, keyFile string) (*TLSListener, error) {
	cert, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return nil, ferry.Errorf(ferry.Invalid, "certificate of the server: %w", err)
	}
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", addr, err)
	}
	c := &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}}
	return &TLSListener{Listener: tls.NewListener(limited(ln, mostConnections), c), leaf: cert.Leaf}, nil
}

// OnlyHost lets in requests that name this server as their host: by an address, as
// localhost, or by a name of its certificate. A page of another site whose name was
// made to lead here names that site.
func (l *TLSListener) OnlyHost(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !l.isMe(r.Host) {
			refuse(w, api.NewStatusProblem(http.StatusMisdirectedRequest, fmt.Sprintf("the server is not called %q", r.Host)))
			return
		}
		h.ServeHTTP(w, r)
	})
}

func (l *TLSListener) isMe(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(host, ".")
	return net.ParseIP(strings.Trim(host, "[]")) != nil || strings.EqualFold(host, "localhost") || l.leaf.VerifyHostname(host) == nil
}

// limitedListener has at most so many connections open.
type limitedListener struct {
	net.Listener
	slots chan struct{}
	ended chan struct{}
	end   func()
}

func limited(ln net.Listener, most int) net.Listener {
	ended := make(chan struct{})
	return &limitedListener{Listener: ln, slots: make(chan struct{}, most), ended: ended, end: sync.OnceFunc(func() { close(ended) })}
}

// Accept waits for a free slot, then for a caller.
func (l *limitedListener) Accept() (net.Conn, error) {
	select {
	case l.slots <- struct{}{}:
	case <-l.ended:
		return nil, net.ErrClosed
	}
	conn, err := l.Listener.Accept()
	if err != nil {
		<-l.slots
		return nil, err
	}
	return &limitedConn{Conn: conn, release: sync.OnceFunc(func() { <-l.slots })}, nil
}

// Close ends listening.
func (l *limitedListener) Close() error {
	l.end()
	return l.Listener.Close()
}

// limitedConn frees its slot when it is closed.
type limitedConn struct {
	net.Conn
	release func()
}

// Close ends the connection.
func (c *limitedConn) Close() error {
	defer c.release()
	return c.Conn.Close()
}
