package client

import (
	"context"
	"io"
	"net/http"

	"github.com/ferry-project/ferry/internal/api"
)

// Apps implements api.Apps.
func (c *Client) Apps(ctx context.Context) ([]api.App, error) {
	return get[[]api.App](ctx, c, http.MethodGet, "/v1/apps", nil)
}

// Schema implements api.Apps.
func (c *Client) Schema(ctx context.Context) ([]byte, error) {
	body, err := c.download(ctx, call{method: http.MethodGet, path: "/v1/schema"})
	if err != nil {
		return nil, err
	}
	defer body.Close()
	return io.ReadAll(body)
}

// Version implements api.System.
func (c *Client) Version(ctx context.Context) (api.Version, error) {
	return get[api.Version](ctx, c, http.MethodGet, "/v1/version", nil)
}

// Doctor implements api.System. progress may be nil.
func (c *Client) Doctor(ctx context.Context, fix bool, progress func(line string) error) ([]api.Check, error) {
	k, err := call{method: http.MethodPost, path: "/v1/doctor"}.withJSON(api.DoctorRequest{Fix: fix})
	if err != nil {
		return nil, err
	}
	return reports[[]api.Check](ctx, c, k, progress)
}

// Quit implements api.System.
func (c *Client) Quit(ctx context.Context) error {
	return c.order(ctx, call{method: http.MethodPost, path: "/v1/quit"})
}

// UI implements api.System. A link that did not arrive is followed by nobody.
func (c *Client) UI(ctx context.Context) (api.Link, error) {
	return get[api.Link](ctx, c, http.MethodPost, "/v1/ui", nil)
}
