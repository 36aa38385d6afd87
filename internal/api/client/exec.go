package client

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"sync"

	"github.com/coder/websocket"
	"golang.org/x/sync/semaphore"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
)

// Exec implements api.Inside. A read from s.In that has begun cannot be taken
// back: it may go on after Exec has returned, and what it reads is lost.
func (c *Client) Exec(ctx context.Context, ref string, e api.ExecRequest, s api.Streams) (int, error) {
	path, err := at("/v1/stacks/%s/exec", ref)
	if err != nil {
		return 0, err
	}
	var conn *websocket.Conn
	err = c.persist(ctx, true, func() (err error) { // nothing runs before the request, which comes next
		conn, err = c.dial(ctx, path)
		return err
	})
	if err != nil {
		return 0, err
	}
	defer conn.CloseNow() //nolint:errcheck // closed in good order below, or already broken
	live, stop := context.WithCancelCause(ctx)
	x := &execution{conn: conn, streams: s, window: semaphore.NewWeighted(api.StdinWindow)}
	if err := x.send(live, e); err != nil {
		stop(nil)
		return 0, c.unreachable(ctx, err)
	}
	var resizing sync.WaitGroup
	resizing.Go(func() { x.resizes(live) })
	go x.feed(live, e.Stdin, stop)
	code, err := x.receive(live)
	if err == nil {
		_ = conn.Close(websocket.StatusNormalClosure, "")
	} else if own := context.Cause(live); own != nil && ctx.Err() == nil {
		err = own // the input failed
	}
	stop(nil)
	resizing.Wait()
	return code, c.plain(ctx, err)
}

// dial opens the WebSocket.
func (c *Client) dial(ctx context.Context, path string) (*websocket.Conn, error) {
	h := http.Header{}
	c.sign(h)
	conn, resp, err := websocket.Dial(ctx, c.base+path, &websocket.DialOptions{HTTPClient: c.http, HTTPHeader: h})
	switch {
	case err == nil:
		conn.SetReadLimit(api.MaxFrame)
		return conn, nil
	case resp != nil && resp.StatusCode != http.StatusSwitchingProtocols && resp.StatusCode/100 != 2:
		return nil, ending(resp, problem(resp))
	}
	return nil, c.unreachable(ctx, err)
}

// local is an error of the caller's own streams: it goes back as it is.
type local struct{ error }

func (l local) Unwrap() error { return l.error }

// plain returns the error that leaves Exec.
func (c *Client) plain(ctx context.Context, err error) error {
	var own local
	var e *ferry.Error
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return interrupted(ctx)
	case errors.As(err, &own):
		return own.error
	case errors.As(err, &e):
		return err
	case websocket.CloseStatus(err) > 0:
		return unavailable(err, "the server closed the connection before the command ended", "")
	}
	return c.unreachable(ctx, err)
}

// execution is one exec under way.
type execution struct {
	conn    *websocket.Conn
	streams api.Streams

	window *semaphore.Weighted
	mu     sync.Mutex
	ahead  int64 // bytes of input that the server has not reported as read
}

func (x *execution) send(ctx context.Context, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return x.conn.Write(ctx, websocket.MessageText, b)
}

// receive takes messages up to the last one.
func (x *execution) receive(ctx context.Context) (int, error) {
	for {
		typ, b, err := x.conn.Read(ctx)
		if err != nil {
			return 0, err
		}
		if typ == websocket.MessageBinary {
			if err := x.output(b); err != nil {
				return 0, local{err}
			}
			continue
		}
		var m api.ExecControl
		if err := json.Unmarshal(b, &m); err != nil {
			return 0, ferry.Errorf(ferry.Internal, "the server's message is not understood: %w", err)
		}
		switch {
		case m.Error != nil:
			return 0, m.Error.Err()
		case m.Exit != nil:
			return *m.Exit, nil
		}
		x.taken(int64(m.Read))
	}
}

func (x *execution) output(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	w := x.streams.Out
	if b[0] == api.StreamErr {
		w = x.streams.Err
	}
	if w == nil {
		return nil
	}
	_, err := w.Write(b[1:])
	return err
}

// taken widens the window by what the command has read, never by more than was sent.
func (x *execution) taken(n int64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	n = max(0, min(n, x.ahead))
	x.ahead -= n
	x.window.Release(n)
}

// resizes passes on the terminal's sizes.
func (x *execution) resizes(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case s, ok := <-x.streams.Resize:
			if !ok || x.send(ctx, api.ExecControl{Resize: &s}) != nil {
				return
			}
		}
	}
}

// feed passes on the input, as far ahead of the command as the window allows.
func (x *execution) feed(ctx context.Context, wanted bool, stop func(error)) {
	if !wanted {
		return
	}
	err := io.EOF
	buf := make([]byte, 1+32<<10)
	buf[0] = api.StreamIn
	for x.streams.In != nil {
		var n int
		n, err = x.streams.In.Read(buf[1:])
		if n > 0 && x.input(ctx, buf[:1+n]) != nil {
			return // the connection is over; receive knows why
		}
		if err != nil {
			break
		}
	}
	if !errors.Is(err, io.EOF) {
		stop(local{err})
		return
	}
	_ = x.send(ctx, api.ExecControl{CloseStdin: true})
}

func (x *execution) input(ctx context.Context, frame []byte) error {
	n := int64(len(frame) - 1)
	if err := x.window.Acquire(ctx, n); err != nil {
		return err
	}
	x.mu.Lock()
	x.ahead += n
	x.mu.Unlock()
	return x.conn.Write(ctx, websocket.MessageBinary, frame)
}
