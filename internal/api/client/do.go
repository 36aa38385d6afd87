package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/ferry-project/ferry"
)

// call is one request.
type call struct {
	method string
	path   string // escaped
	query  url.Values
	header http.Header
	body   io.Reader
	json   []byte // instead of body
	// again: when the connection is lost before the answer, asking once more does no
	// harm. What never reached a server is always asked again.
	again bool
}

// at puts names into a path: each %s takes one, escaped. A name that would change
// the path is ferry.NotFound, as nothing can be called that.
func at(format string, names ...string) (string, error) {
	escaped := make([]any, len(names))
	for i, n := range names {
		if n == "" || n == "." || n == ".." {
			return "", ferry.Errorf(ferry.NotFound, "nothing is called %q", n)
		}
		escaped[i] = url.PathEscape(n)
	}
	return fmt.Sprintf(format, escaped...), nil
}

// withJSON adds a JSON body to the call.
func (k call) withJSON(v any) (call, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return k, ferry.Errorf(ferry.Internal, "encode the request: %w", err)
	}
	k.json = b
	k.header = http.Header{"Content-Type": {"application/json"}}
	return k, nil
}

// send asks and returns a good answer, whose body the caller closes.
func (c *Client) send(ctx context.Context, k call) (*http.Response, error) {
	u := c.base + k.path
	if len(k.query) > 0 {
		u += "?" + k.query.Encode()
	}
	if k.json != nil {
		k.body = bytes.NewReader(k.json)
	}
	req, err := http.NewRequestWithContext(ctx, k.method, u, k.body)
	if err != nil {
		return nil, ferry.Errorf(ferry.Internal, "make the request: %w", err)
	}
	if k.header != nil {
		req.Header = k.header
	}
	c.sign(req.Header)
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, c.unreachable(ctx, err)
	}
	if resp.StatusCode/100 != 2 {
		defer resp.Body.Close()
		return nil, ending(resp, problem(resp))
	}
	return resp, nil
}

func (c *Client) sign(h http.Header) {
	if c.token != "" {
		h.Set("Authorization", "Bearer "+c.token)
	}
}

// get asks without a body, for what can be asked twice, and decodes the answer.
func get[Out any](ctx context.Context, c *Client, method, path string, query url.Values) (Out, error) {
	return decode[Out](ctx, c, call{method: method, path: path, query: query, again: true})
}

// do asks with a JSON body and decodes the answer. again: it can be asked twice.
func do[In, Out any](ctx context.Context, c *Client, path string, in In, again bool) (Out, error) {
	k, err := call{method: http.MethodPost, path: path, again: again}.withJSON(in)
	if err != nil {
		var none Out
		return none, err
	}
	return decode[Out](ctx, c, k)
}

func decode[Out any](ctx context.Context, c *Client, k call) (out Out, err error) {
	err = c.persist(ctx, k.again, func() error {
		out, err = decodeOnce[Out](ctx, c, k)
		return err
	})
	return out, err
}

func decodeOnce[Out any](ctx context.Context, c *Client, k call) (Out, error) {
	var out Out
	resp, err := c.send(ctx, k)
	if err != nil {
		return out, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return out, c.unreachable(ctx, err)
	}
	if err := json.Unmarshal(b, &out); err != nil {
		return out, ferry.Errorf(ferry.Internal, "the server's answer is not understood: %w", err).
			WithHint("client and server may be of different versions: ferry version")
	}
	return out, nil
}

// order sends a request whose response has no body.
func (c *Client) order(ctx context.Context, k call) error {
	return c.persist(ctx, k.again, func() error {
		resp, err := c.send(ctx, k)
		if err != nil {
			return err
		}
		return resp.Body.Close()
	})
}
