package client

import (
	"context"
	"net"
	"net/url"
	"strconv"

	"github.com/coder/websocket"

	"github.com/ferry-project/ferry/internal/api/tunnel"
)

// Dial implements api.Inside. The connection outlives ctx.
func (c *Client) Dial(ctx context.Context, ref, node string, port int) (net.Conn, error) {
	path, err := at("/v1/stacks/%s/dial", ref)
	if err != nil {
		return nil, err
	}
	q := url.Values{"port": {strconv.Itoa(port)}}
	if node != "" {
		q.Set("node", node)
	}
	var conn *websocket.Conn
	err = c.persist(ctx, true, func() (err error) {
		conn, err = c.dial(ctx, path+"?"+q.Encode())
		return err
	})
	if err != nil {
		return nil, err
	}
	return tunnel.New(context.WithoutCancel(ctx), conn), nil
}
