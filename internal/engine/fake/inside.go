package fake

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"slices"
	"time"

	"github.com/ferry-project/ferry/internal/engine"
)

type line struct {
	at   time.Time
	text string
}

// Exec asks OnRun, or OnExec, for the answer. A node that ends ends its
// commands with code 137.
func (e *Engine) Exec(ctx context.Context, name string, x engine.Exec) (int, error) {
	call := Call{Name: "exec", Target: name, Command: slices.Clone(x.Command)}
	var ended chan struct{}
	err := e.do(ctx, call, func() error {
		n, err := e.running(name)
		if err == nil {
			ended = n.ended
		}
		return err
	})
	if err != nil {
		return 0, err
	}
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-ended:
			cancel()
		case <-inner.Done():
		}
	}()
	code, err := e.answer(inner, name, x)
	switch {
	case ctx.Err() != nil:
		return 0, call.wrap(ctx.Err())
	case closed(ended):
		return 137, nil
	}
	return code, call.wrap(err)
}

func (e *Engine) answer(ctx context.Context, name string, x engine.Exec) (int, error) {
	if e.OnRun != nil {
		return e.OnRun(ctx, name, x)
	}
	if e.OnExec == nil {
		return 0, nil
	}
	code, out := e.OnExec(name, slices.Clone(x.Command))
	if x.Stdout == nil {
		return code, nil
	}
	_, err := io.WriteString(x.Stdout, out)
	return code, err
}

// Print adds a line to a node's log.
func (e *Engine) Print(name, text string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if n, ok := e.nodes[name]; ok {
		n.log = append(n.log, line{time.Now(), text})
		n.wake()
	}
}

// Logs writes what was given to Print; with Follow until the node ends.
func (e *Engine) Logs(ctx context.Context, name string, l engine.Logs, w io.Writer) error {
	call := Call{Name: "logs", Target: name}
	var n *node
	var text []byte
	var more chan struct{}
	from := 0
	read := func() (err error) {
		if n == nil {
			n, err = e.node(name)
		}
		if err == nil {
			text, more = n.logFrom(from, l), n.logged
			from, l.Tail = len(n.log), 0
		}
		return err
	}
	if err := e.do(ctx, call, read); err != nil {
		return err
	}
	for {
		if _, err := w.Write(text); err != nil {
			return call.wrap(err)
		}
		if !l.Follow || more == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return call.wrap(ctx.Err())
		case <-more:
		}
		e.mu.Lock()
		_ = read()
		if !n.alive() {
			more = nil
		}
		e.mu.Unlock()
	}
}

func (n *node) logFrom(from int, l engine.Logs) []byte {
	lines := n.log[from:]
	lines = slices.DeleteFunc(slices.Clone(lines), func(x line) bool { return x.at.Before(l.Since) })
	if l.Tail > 0 && len(lines) > l.Tail {
		lines = lines[len(lines)-l.Tail:]
	}
	var b bytes.Buffer
	for _, x := range lines {
		fmt.Fprintln(&b, x.text)
	}
	return b.Bytes()
}

// wake lets those who follow the log know that something has changed.
func (n *node) wake() {
	close(n.logged)
	n.logged = make(chan struct{})
}

// Listen lets handler answer the connections to a node's port; it gets the
// node's end and may leave closing it to the engine. Without a handler for a
// port the connection opens and stays silent; a nil handler refuses it.
func (e *Engine) Listen(name string, port int, handler func(net.Conn)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.handlers[socket{name, port}] = handler
}

// Dial connects to a handler over net.Pipe. The end of the node closes it.
func (e *Engine) Dial(ctx context.Context, name string, port int) (net.Conn, error) {
	call := Call{Name: "dial", Target: name}
	handler := func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }
	var ended chan struct{}
	err := e.do(ctx, call, func() error {
		n, err := e.running(name)
		if err != nil {
			return err
		}
		if h, ok := e.handlers[socket{name, port}]; ok {
			handler = h
		}
		if handler == nil {
			return fmt.Errorf("port %d: connection refused", port)
		}
		ended = n.ended
		return nil
	})
	if err != nil {
		return nil, err
	}
	near, far := net.Pipe()
	go serve(far, handler, ended)
	return near, nil
}

func serve(c net.Conn, handler func(net.Conn), ended <-chan struct{}) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		handler(c)
	}()
	select {
	case <-done:
	case <-ended:
	}
	_ = c.Close()
	<-done
}

func (e *Engine) running(name string) (*node, error) {
	n, err := e.node(name)
	if err == nil && n.state != engine.Running {
		err = fmt.Errorf("%w: it is not running but %s", engine.ErrConflict, n.state)
	}
	return n, err
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
