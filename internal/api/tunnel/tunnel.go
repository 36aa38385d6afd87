// Package tunnel carries a stream of bytes over a WebSocket, and joins two streams.
// Binary messages are the bytes; an empty one says that its sender sends no more, as a
// TCP connection does that is closed in one direction.
package tunnel

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"github.com/coder/websocket"
)

// chunk is how much one message takes: both ends let in more.
const chunk = 64 << 10

// Conn is one end of a tunnel.
type Conn struct {
	ws      *websocket.Conn
	ctx     context.Context // of the connection's life, which Read and Write have no argument for
	cancel  context.CancelFunc
	message io.Reader // what is left of the message that is being read
	empty   bool      // nothing of it was read so far
	ended   bool      // the other end sends no more
}

var _ net.Conn = (*Conn)(nil)

// New returns the tunnel over ws. It lives until ctx ends or Close is called.
func New(ctx context.Context, ws *websocket.Conn) *Conn {
	ws.SetReadLimit(16 * chunk)
	c := &Conn{ws: ws}
	c.ctx, c.cancel = context.WithCancel(ctx)
	return c
}

// Read implements net.Conn.
func (c *Conn) Read(p []byte) (int, error) {
	for len(p) > 0 {
		if c.ended {
			return 0, io.EOF
		}
		if c.message == nil {
			if err := c.next(); err != nil {
				return 0, err
			}
		}
		n, err := c.message.Read(p)
		c.empty = c.empty && n == 0
		if errors.Is(err, io.EOF) {
			c.message, err = nil, nil
			c.end()
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
	return 0, nil
}

// next begins with the next message.
func (c *Conn) next() error {
	typ, r, err := c.ws.Reader(c.ctx)
	switch {
	case websocket.CloseStatus(err) == websocket.StatusNormalClosure:
		return io.EOF
	case err != nil:
		return fmt.Errorf("read from the tunnel: %w", err)
	case typ != websocket.MessageBinary:
		return errors.New("read from the tunnel: a message of text")
	}
	c.message, c.empty = r, true
	return nil
}

// end looks whether the message that was read was the last. From then on only that the
// other end leaves altogether is listened for.
func (c *Conn) end() {
	if !c.empty {
		return
	}
	c.ended = true
	gone := c.ws.CloseRead(c.ctx)
	context.AfterFunc(gone, c.cancel)
}

// Write implements net.Conn.
func (c *Conn) Write(p []byte) (int, error) {
	sent := 0
	for sent < len(p) {
		part := p[sent:min(sent+chunk, len(p))]
		if err := c.ws.Write(c.ctx, websocket.MessageBinary, part); err != nil {
			return sent, fmt.Errorf("write to the tunnel: %w", err)
		}
		sent += len(part)
	}
	return sent, nil
}

// CloseWrite says that no more is sent.
func (c *Conn) CloseWrite() error { return c.ws.Write(c.ctx, websocket.MessageBinary, nil) }

// Close ends the tunnel at once.
func (c *Conn) Close() error {
	c.cancel()
	return c.ws.CloseNow()
}

// Done is closed when the tunnel has ended.
func (c *Conn) Done() <-chan struct{} { return c.ctx.Done() }

// LocalAddr implements net.Conn.
func (*Conn) LocalAddr() net.Addr { return address{} }

// RemoteAddr implements net.Conn.
func (*Conn) RemoteAddr() net.Addr { return address{} }

// SetDeadline implements net.Conn: there are none.
func (*Conn) SetDeadline(time.Time) error { return os.ErrNoDeadline }

// SetReadDeadline implements net.Conn: there are none.
func (*Conn) SetReadDeadline(time.Time) error { return os.ErrNoDeadline }

// SetWriteDeadline implements net.Conn: there are none.
func (*Conn) SetWriteDeadline(time.Time) error { return os.ErrNoDeadline }

// address is that of a tunnel, which has none.
type address struct{}

func (address) Network() string { return "tunnel" }
func (address) String() string  { return "tunnel" }
