// Package cassandra speaks the native protocol with single nodes, through whatever way
// there is to their port: no host is looked up, and a session never leaves the node it
// was opened with. It also knows where a node of Cassandra says how it sees its ring.
package cassandra

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"

	"github.com/ferry-project/ferry/internal/retry"
	"github.com/ferry-project/ferry/internal/script/cql"
	"github.com/ferry-project/ferry/internal/speak"
)

const (
	// oneTry bounds a connection and a statement: a node that is starting on a
	// loaded machine may need seconds.
	oneTry = 10 * time.Second
	again  = 100 * time.Millisecond
)

// Speaker has the work of a cql.Script done.
type Speaker struct{}

// Do does the work once, in one session. It waits for what comes about by itself: a
// ring that grows, a schema that spreads.
func (Speaker) Do(ctx context.Context, to speak.Peer, text []byte, say func(string)) error {
	var work cql.Script
	if err := speak.Read(text, &work); err != nil {
		return err
	}
	err := do(ctx, to, work, say)
	if hopeless(err) {
		return retry.Stop(err)
	}
	return err
}

func do(ctx context.Context, to speak.Peer, work cql.Script, say func(string)) error {
	s, err := enter(ctx, to, work.Users)
	if err != nil {
		return err
	}
	defer s.Close()
	if work.Ring > 0 {
		if err := awaitRing(ctx, s, work, say); err != nil {
			return err
		}
	}
	if work.Copies > 0 {
		if err := few(ctx, s, work.Copies); err != nil {
			return err
		}
	}
	for _, st := range work.Statements {
		if err := s.do(ctx, st); err != nil {
			return err
		}
	}
	return agree(ctx, to, work, say)
}

// hopeless reports whether an error will come again however often it is tried.
func hopeless(err error) bool {
	var e gocql.RequestError
	var many manyCopies
	return errors.As(err, &many) || errors.As(err, &e) && e.Code() == gocql.ErrCodeSyntax
}

// session is one connection to one node, and the driver's own second one.
type session struct {
	*gocql.Session
	stop func() bool
}

func (s session) Close() {
	s.stop()
	s.Session.Close()
}

// enter opens a session as the first user that is let in.
func enter(ctx context.Context, to speak.Peer, users []cql.User) (session, error) {
	if len(users) == 0 {
		return open(ctx, to, nil)
	}
	var first error
	for _, u := range users {
		s, err := open(ctx, to, gocql.PasswordAuthenticator{Username: u.Name, Password: u.Password})
		if err == nil {
			return s, nil
		}
		if !refused(err) {
			return s, err
		}
		if first == nil {
			first = err
		}
	}
	return session{}, first
}

// refused distinguishes a wrong name or password from a node that cannot be reached. The
// driver returns the text only.
func refused(err error) bool {
	return strings.Contains(err.Error(), "incorrect") || strings.Contains(err.Error(), "not permitted to log in")
}

func open(ctx context.Context, to speak.Peer, login gocql.Authenticator) (session, error) {
	c := gocql.NewCluster("127.0.0.1") // never looked up: the dialer knows the way
	c.ProtoVersion = 4                 // what 5 adds is not needed: it frames everything twice
	c.Authenticator = login
	c.Dialer = toward(ctx, to)
	c.NumConns = 1
	c.Timeout, c.ConnectTimeout, c.WriteTimeout = oneTry, oneTry, oneTry
	c.DisableInitialHostLookup, c.IgnorePeerAddr = true, true
	c.Events.DisableNodeStatusEvents, c.Events.DisableTopologyEvents, c.Events.DisableSchemaEvents = true, true, true
	c.Metadata.CacheMode = gocql.Disabled
	c.MaxWaitSchemaAgreement = time.Nanosecond // what must agree is asked for by name
	c.ReconnectInterval = 0
	c.ReconnectionPolicy = &gocql.ConstantReconnectionPolicy{MaxRetries: 1} // 0 would not even try once
	c.Logger = gocql.NewLogger(gocql.LogLevelNone)
	// the driver's session takes no context: its connections end with ours
	s, err := gocql.NewSession(*c)
	if err != nil {
		return session{}, fmt.Errorf("native protocol: %s", brief(err))
	}
	return session{Session: s, stop: context.AfterFunc(ctx, s.Close)}, nil
}

// brief drops what the driver says about itself.
func brief(err error) string {
	text := err.Error()
	for _, p := range []string{"gocql: ", "unable to create session: ", "unable to connect to the cluster, last error: "} {
		text = strings.TrimPrefix(text, p)
	}
	return text
}

// dialer is the driver's way to the node, whatever address it is given.
type dialer func(ctx context.Context, network, address string) (net.Conn, error)

// DialContext is the driver's contract.
func (d dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return d(ctx, network, address)
}

// errLost is what a session's driver hears that wants to mend a lost connection.
var errLost = errors.New("the connection was lost")

// toward connects to one node only. The driver cannot be given a context: what it
// has opened is closed when until ends.
//
// A session that has lost a connection gets no other: who asks again opens a new one.
// The driver would mend it behind our back, in goroutines of its own that nobody can
// catch when they panic, and while it does so its session may never finish closing.
func toward(until context.Context, to speak.Peer) dialer {
	lost := &atomic.Bool{}
	return func(ctx context.Context, _, _ string) (net.Conn, error) {
		if lost.Load() {
			return nil, errLost
		}
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		defer context.AfterFunc(until, cancel)()
		conn, err := to.Dial(ctx, to.Node)
		if err != nil {
			return nil, err
		}
		context.AfterFunc(until, func() { _ = conn.Close() })
		return tcpConn{conn, lost}, nil
	}
}

// tcpConn has the kind of address that the driver insists on; the way to a node may
// be a pipe. It notes its end, which the driver makes before it thinks of mending.
type tcpConn struct {
	net.Conn
	lost *atomic.Bool
}

// Close may be called twice.
func (c tcpConn) Close() error {
	c.lost.Store(true)
	return c.Conn.Close()
}

// RemoteAddr returns an address that is used for nothing.
func (tcpConn) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 9042} }

func (s session) do(ctx context.Context, st cql.Statement) error {
	q := s.Query(st.Text).Consistency(level(st.Consistency))
	if !strings.HasPrefix(strings.ToUpper(strings.TrimSpace(st.Text)), "SELECT") {
		if err := q.ExecContext(ctx); err != nil {
			return fmt.Errorf("%s: %w", firstWords(st.Text), err)
		}
		return nil
	}
	iter := q.IterContext(ctx)
	rows := iter.NumRows()
	if err := iter.Close(); err != nil {
		return fmt.Errorf("%s: %w", firstWords(st.Text), err)
	}
	if rows == 0 {
		return fmt.Errorf("%s: no row", firstWords(st.Text))
	}
	return nil
}

func level(name string) gocql.Consistency {
	switch name {
	case "ONE":
		return gocql.One
	case "ALL":
		return gocql.All
	}
	return gocql.Quorum
}

// firstWords names a statement without its values, which may be secret.
func firstWords(text string) string {
	words := strings.Fields(text)
	return strings.Join(words[:min(len(words), 3)], " ")
}

// pause waits for d or until ctx ends.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
