package client

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
)

// Job implements api.Jobs.
func (c *Client) Job(ctx context.Context, id string) (ferry.Job, error) {
	return about[ferry.Job](ctx, c, http.MethodGet, "/v1/jobs/%s", id, nil)
}

// ListJobs implements api.Jobs.
func (c *Client) ListJobs(ctx context.Context, stack string) ([]ferry.Job, error) {
	q := url.Values{}
	if stack != "" {
		q.Set("stack", stack)
	}
	return get[[]ferry.Job](ctx, c, http.MethodGet, "/v1/jobs", q)
}

// Past implements api.Jobs.
func (c *Client) Past(ctx context.Context, job string) ([]ferry.Event, error) {
	return about[[]ferry.Event](ctx, c, http.MethodGet, "/v1/jobs/%s/past", job, nil)
}

// Cancel implements api.Jobs.
func (c *Client) Cancel(ctx context.Context, id string) error {
	path, err := at("/v1/jobs/%s", id)
	if err != nil {
		return err
	}
	return c.order(ctx, call{method: http.MethodDelete, path: path, again: true})
}

// Follow implements api.Jobs. A connection that is lost is made again, and each
// event still comes once: see Options.Redial.
func (c *Client) Follow(ctx context.Context, job string, after int64, do func(ferry.Event) error) error {
	path := "/v1/events"
	if job != "" {
		var err error
		if path, err = at("/v1/jobs/%s/events", job); err != nil {
			return err
		}
	}
	f := &follower{client: c, path: path, after: after, do: do}
	for lost := 1; ; lost++ {
		before := f.after
		over, err := f.once(ctx)
		if over {
			return err
		}
		if f.after > before {
			lost = 1
		}
		if err := f.again(ctx, lost, err); err != nil {
			return err
		}
	}
}

// silence is how long a stream may say nothing before it counts as lost: the
// server says something every 15 seconds.
const silence = time.Minute

// tries is how many times in a row a stream may be lost without having brought an
// event.
const tries = 6

// follower is where one Follow has got to.
type follower struct {
	client *Client
	path   string
	after  int64
	do     func(ferry.Event) error
	open   bool // some connection was made
}

// once follows one connection. over: Follow ends, with err; else the connection
// was lost, because of err.
func (f *follower) once(ctx context.Context) (over bool, err error) {
	conn, lose := context.WithCancel(ctx)
	defer lose()
	quiet := time.AfterFunc(silence, lose)
	defer quiet.Stop()
	resp, err := f.client.send(conn, f.call())
	if err != nil {
		return f.lost(ctx, conn, err)
	}
	defer resp.Body.Close()
	f.open = true
	stream := bufio.NewReader(resp.Body)
	for {
		m, err := readMessage(stream, func() { quiet.Reset(silence) })
		quiet.Stop() // do may take its time
		if err != nil {
			return f.lost(ctx, conn, f.client.unreachable(ctx, err))
		}
		if over, err := f.handle(m); over {
			return true, err
		}
		quiet.Reset(silence)
	}
}

// lost says what an error of a connection means. The server's own word is final,
// and so is the caller's context.
func (f *follower) lost(ctx, conn context.Context, err error) (over bool, _ error) {
	if conn.Err() != nil && ctx.Err() == nil {
		return false, unavailable(conn.Err(), "the server says nothing any more", "")
	}
	var e *ferry.Error
	said := errors.As(err, &e) && (e.Code != ferry.Unavailable || e.Err == nil)
	return said || ctx.Err() != nil, err
}

func (f *follower) call() call {
	seq := strconv.FormatInt(f.after, 10)
	return call{
		method: http.MethodGet, path: f.path, query: url.Values{"after": {seq}},
		header: http.Header{"Accept": {"text/event-stream"}},
	}
}

// handle takes one message of the stream.
func (f *follower) handle(m message) (over bool, err error) {
	switch m.event {
	case api.EventEnd:
		return true, nil
	case api.EventProblem:
		var p api.Problem
		if err := json.Unmarshal(m.data, &p); err != nil {
			return true, ferry.Errorf(ferry.Internal, "the server's error is not understood: %w", err)
		}
		return true, p.Err()
	case "", api.EventMessage:
		return f.event(m.data)
	}
	return false, nil // of a later version
}

func (f *follower) event(data []byte) (over bool, err error) {
	var e ferry.Event
	if err := json.Unmarshal(data, &e); err != nil {
		return true, ferry.Errorf(ferry.Internal, "the server's event is not understood: %w", err)
	}
	if e.Seq <= f.after {
		return false, nil // had before
	}
	if err := f.do(e); err != nil {
		return true, err
	}
	f.after = e.Seq
	return false, nil
}

// again prepares the next connection, or says why there is none.
func (f *follower) again(ctx context.Context, lost int, cause error) error {
	mend := f.client.redial
	if lost > tries || mend == nil && !f.open {
		return cause
	}
	if mend == nil || lost > 1 {
		if err := pause(ctx, 25*time.Millisecond<<lost); err != nil {
			return err
		}
	}
	if mend == nil {
		return nil
	}
	return mend(ctx)
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return interrupted(ctx)
	case <-t.C:
		return nil
	}
}
