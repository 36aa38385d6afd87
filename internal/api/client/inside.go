package client

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/ferry-project/ferry/internal/api"
)

// CopyTo implements api.Inside. When it fails, tar may still be read from for a
// moment.
func (c *Client) CopyTo(ctx context.Context, ref, node, path string, tar io.Reader) error {
	at, err := at("/v1/stacks/%s/files", ref)
	if err != nil {
		return err
	}
	u := &upload{from: tar}
	return u.failed(c.order(ctx, u.call(http.MethodPut, at, place(node, path))))
}

// CopyFrom implements api.Inside. The reader returns the server's error, if there
// is one, instead of io.EOF.
func (c *Client) CopyFrom(ctx context.Context, ref, node, path string) (io.ReadCloser, error) {
	at, err := at("/v1/stacks/%s/files", ref)
	if err != nil {
		return nil, err
	}
	return c.download(ctx, call{method: http.MethodGet, path: at, query: place(node, path)})
}

func place(node, path string) url.Values {
	q := url.Values{"path": {path}}
	if node != "" {
		q.Set("node", node)
	}
	return q
}

// Logs implements api.Inside.
func (c *Client) Logs(ctx context.Context, ref string, l api.LogsRequest, w io.Writer) error {
	at, err := at("/v1/stacks/%s/logs", ref)
	if err != nil {
		return err
	}
	log, err := c.download(ctx, call{method: http.MethodGet, path: at, query: logsQuery(l)})
	if err != nil {
		return err
	}
	defer log.Close()
	_, err = io.Copy(w, log)
	return err
}

func logsQuery(l api.LogsRequest) url.Values {
	q := url.Values{}
	if l.Node != "" {
		q.Set("node", l.Node)
	}
	if l.Follow {
		q.Set("follow", "true")
	}
	if l.Tail != 0 {
		q.Set("tail", strconv.Itoa(l.Tail))
	}
	if !l.Since.IsZero() {
		q.Set("since", l.Since.Format(time.RFC3339Nano))
	}
	return q
}

func (c *Client) download(ctx context.Context, k call) (io.ReadCloser, error) {
	resp, err := c.open(ctx, k)
	if err != nil {
		return nil, err
	}
	cause := func(err error) error { return c.unreachable(ctx, err) }
	return &download{resp: resp, cause: cause}, nil
}

// open asks for a stream, whose beginning may be asked for again.
func (c *Client) open(ctx context.Context, k call) (resp *http.Response, err error) {
	err = c.persist(ctx, k.method == http.MethodGet, func() error {
		resp, err = c.send(ctx, k)
		return err
	})
	return resp, err
}

// download is the body of an answer that knows whether it is whole.
type download struct {
	resp  *http.Response
	cause func(error) error
}

// Read returns the server's error for the end of what is not whole.
func (d *download) Read(p []byte) (int, error) {
	n, err := d.resp.Body.Read(p)
	switch {
	case err == nil:
		return n, nil
	case !errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return n, d.cause(err)
	}
	t := d.resp.Trailer.Get(api.TrailerProblem)
	if t == "" {
		return n, io.EOF
	}
	return n, decodeProblem(&http.Response{StatusCode: http.StatusInternalServerError}, []byte(t))
}

// Close ends the transfer.
func (d *download) Close() error { return d.resp.Body.Close() }

// upload is the body of a request: a reader of the caller's that is not closed,
// and that may fail by itself.
type upload struct {
	from io.Reader
	mu   sync.Mutex
	err  error
}

// Read keeps the reader's own error: it says more than the broken connection that follows.
func (u *upload) Read(p []byte) (int, error) {
	n, err := u.from.Read(p)
	if err != nil && err != io.EOF { //nolint:errorlint // io.Reader returns it bare
		u.mu.Lock()
		u.err = err
		u.mu.Unlock()
	}
	return n, err
}

// failed prefers the reader's own error.
func (u *upload) failed(err error) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if err != nil && u.err != nil {
		return u.err
	}
	return err
}

// call sends the upload once the server asks for it, so that a refusal costs
// nothing and is heard.
func (u *upload) call(method, path string, query url.Values) call {
	h := http.Header{"Content-Type": {"application/x-tar"}, "Expect": {"100-continue"}}
	return call{method: method, path: path, query: query, header: h, body: u}
}

// reports reads a stream of progress up to its result.
func reports[T any](ctx context.Context, c *Client, k call, progress func(line string) error) (T, error) {
	var none T
	resp, err := c.open(ctx, k)
	if err != nil {
		return none, err
	}
	defer resp.Body.Close()
	lines := json.NewDecoder(resp.Body)
	for {
		var r api.Report[T]
		if err := lines.Decode(&r); err != nil {
			return none, c.unreachable(ctx, err)
		}
		switch {
		case r.Error != nil:
			return none, r.Error.Err()
		case r.Result != nil:
			return *r.Result, nil
		case r.Progress != nil && progress != nil:
			if err := progress(*r.Progress); err != nil {
				return none, err
			}
		}
	}
}
