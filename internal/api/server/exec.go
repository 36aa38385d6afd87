package server

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"
	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
)

const execNote = `A WebSocket. The first message is a text with an ` + "`ExecRequest`" + `. After it:

- binary messages: one byte for the stream (0 input, 1 output, 2 errors), then its bytes;
- text messages: an ` + "`ExecControl`" + `. The client may send ` + "`resize`" + ` and ` + "`close_stdin`" + `; the server sends
  ` + "`read`" + ` and, as the last message, ` + "`exit`" + ` or ` + "`error`" + `.

A client that sends much input keeps at most 256 KiB of it beyond what ` + "`read`" + ` has told, so that the
server still listens while the command does not read. Closing the socket ends the command.`

func (r routes) exec() {
	op := r.websocket(described(operation(http.MethodGet, "/v1/stacks/{ref}/exec", "inside", "exec", "Run a command in a node"), execNote))
	op.Extensions = map[string]any{"x-websocket": map[string]any{
		"first": schemaOf[api.ExecRequest](r.api), "control": schemaOf[api.ExecControl](r.api),
	}}
	huma.Register(r.api, failure(r.api, op), func(_ context.Context, in *refInput) (*huma.StreamResponse, error) {
		return &huma.StreamResponse{Body: func(hc huma.Context) {
			req, w := humago.Unwrap(hc)
			serveExec(r.ferry, in.Ref, w, req)
		}}, nil
	})
}

// serveExec runs one exec.
func serveExec(f api.Inside, ref string, w http.ResponseWriter, r *http.Request) {
	if !upgrades(w, r, "a command in a node is run over a WebSocket") {
		return
	}
	refused := &handshake{ResponseWriter: w}
	conn, err := websocket.Accept(refused, r, nil)
	if err != nil {
		refused.answer()
		return
	}
	conn.SetReadLimit(api.MaxFrame)
	ctx, cancel := context.WithCancel(r.Context())
	x := &execution{conn: conn, inbox: newInbox(), sizes: make(chan api.Size, 1)}
	defer x.listening.Wait()
	defer cancel()
	defer conn.CloseNow() //nolint:errcheck // closed in good order below, or already broken
	code, err := x.run(ctx, cancel, f, ref)
	if ctx.Err() != nil {
		return // the client left, or the server ends: a broken connection says so
	}
	last := api.ExecControl{Exit: &code}
	if err != nil {
		last = api.ExecControl{Error: api.NewProblem(err)}
	}
	if sendControl(ctx, conn, last) == nil {
		_ = conn.Close(websocket.StatusNormalClosure, "")
	}
}

// upgrades reports whether a WebSocket is asked for; else it says why there must be one.
func upgrades(w http.ResponseWriter, r *http.Request, why string) bool {
	if strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		return true
	}
	w.Header().Set("Upgrade", "websocket")
	writeProblem(w, api.NewStatusProblem(http.StatusUpgradeRequired, why))
	return false
}

// execution is one exec under way.
type execution struct {
	conn      *websocket.Conn
	inbox     *inbox
	sizes     chan api.Size
	listening sync.WaitGroup
}

// run takes the request, then runs it between the socket's streams. It listens
// until the socket is closed, by either end, which cancels the exec.
func (x *execution) run(ctx context.Context, cancel func(), f api.Inside, ref string) (int, error) {
	req, err := readRequest(ctx, x.conn)
	if err != nil {
		return 0, err
	}
	x.inbox.read = func(n int) { _ = sendControl(ctx, x.conn, api.ExecControl{Read: n}) }
	x.listening.Go(func() {
		defer cancel()
		x.inbox.end(x.receive(ctx))
	})
	defer x.inbox.end(io.ErrClosedPipe)
	s := api.Streams{Out: output(ctx, x.conn, api.StreamOut), Err: output(ctx, x.conn, api.StreamErr), Resize: x.sizes}
	if req.Stdin {
		s.In = x.inbox
	}
	return f.Exec(ctx, ref, req, s)
}

// readRequest takes the first message, which must come soon.
func readRequest(ctx context.Context, conn *websocket.Conn) (api.ExecRequest, error) {
	var req api.ExecRequest
	timer := time.AfterFunc(10*time.Second, func() { _ = conn.CloseNow() }) //nolint:gosec // the read tells
	defer timer.Stop()
	typ, b, err := conn.Read(ctx)
	switch {
	case err != nil:
		return req, fmt.Errorf("read the exec request: %w", err)
	case typ != websocket.MessageText:
		return req, ferry.Errorf(ferry.Invalid, "the first message must be a text with the request")
	}
	if err := strict(b, &req); err != nil {
		return req, ferry.Errorf(ferry.Invalid, "the exec request is not valid: %w", err)
	}
	return req, nil
}

// receive takes messages until the socket is closed or says something wrong.
func (x *execution) receive(ctx context.Context) error {
	for {
		typ, b, err := x.conn.Read(ctx)
		if err != nil {
			return io.ErrUnexpectedEOF
		}
		if typ == websocket.MessageBinary {
			err = x.inbox.take(b)
		} else {
			err = x.control(b)
		}
		if err != nil {
			reason := err.Error() // of which a close message takes 123 bytes
			_ = x.conn.Close(websocket.StatusUnsupportedData, reason[:min(len(reason), 120)])
			return err
		}
	}
}

func (x *execution) control(b []byte) error {
	var c api.ExecControl
	if err := strict(b, &c); err != nil {
		return fmt.Errorf("control message: %w", err)
	}
	if c.Resize != nil {
		latest(x.sizes, *c.Resize)
	}
	if c.CloseStdin {
		x.inbox.end(io.EOF)
	}
	return nil
}

// latest replaces a size that nobody has taken yet. Only receive sends.
func latest(sizes chan api.Size, s api.Size) {
	select {
	case <-sizes:
	default:
	}
	sizes <- s
}

// strict decodes one JSON value and refuses members it does not know.
func strict(b []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	return d.Decode(v)
}

func sendControl(ctx context.Context, conn *websocket.Conn, c api.ExecControl) error {
	b, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return conn.Write(ctx, websocket.MessageText, b)
}

// chunk is how much output one message takes.
const chunk = 64 << 10

// output is a writer of one stream; it lives as long as its exec. A client that
// does not read stops the writer.
func output(ctx context.Context, conn *websocket.Conn, stream byte) io.Writer {
	var mu sync.Mutex
	frame := []byte{stream}
	return writerFunc(func(p []byte) (int, error) {
		mu.Lock()
		defer mu.Unlock()
		for sent := 0; sent < len(p); {
			part := p[sent:min(sent+chunk, len(p))]
			frame = append(frame[:1], part...)
			if err := conn.Write(ctx, websocket.MessageBinary, frame); err != nil {
				return sent, fmt.Errorf("send output: %w", err)
			}
			sent += len(part)
		}
		return len(p), nil
	})
}

type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }
