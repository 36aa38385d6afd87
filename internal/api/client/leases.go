package client

import (
	"bufio"
	"context"
	"net/http"
	"time"
)

// Hold implements api.Leases. A connection that is lost is made again: see Options.Redial.
func (c *Client) Hold(ctx context.Context, ref string, held func() error) error {
	path, err := at("/v1/stacks/%s/lease", ref)
	if err != nil {
		return err
	}
	h := &holder{follower: follower{client: c}, call: call{method: http.MethodPost, path: path}, held: held}
	for lost := 1; ; lost++ {
		h.came = false
		over, err := h.once(ctx)
		if over || ctx.Err() != nil {
			return err
		}
		if h.came {
			lost = 1
		}
		if err := h.again(ctx, lost, err); err != nil {
			return err
		}
	}
}

// holder is one Hold, over all its connections.
type holder struct {
	follower
	call call
	held func() error
	came bool // a line, on this connection
}

// once holds for as long as one connection lasts. over: Hold ends, with err.
func (h *holder) once(ctx context.Context) (over bool, err error) {
	conn, lose := context.WithCancel(ctx)
	defer lose()
	quiet := time.AfterFunc(silence, lose)
	defer quiet.Stop()
	resp, err := h.client.send(conn, h.call)
	if err != nil {
		return h.lost(ctx, conn, err)
	}
	defer resp.Body.Close()
	h.open = true
	lines := bufio.NewReader(resp.Body)
	for {
		if _, err := lines.ReadString('\n'); err != nil {
			return h.lost(ctx, conn, h.client.unreachable(ctx, err))
		}
		quiet.Reset(silence)
		if !h.came {
			h.came = true
			if err := h.held(); err != nil {
				return true, err
			}
		}
	}
}

// Release implements api.Leases.
func (c *Client) Release(ctx context.Context, ref string) error {
	path, err := at("/v1/stacks/%s/lease", ref)
	if err != nil {
		return err
	}
	return c.order(ctx, call{method: http.MethodDelete, path: path, again: true})
}
