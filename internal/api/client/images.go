package client

import (
	"context"
	"io"
	"net/http"
	"net/url"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
)

// Images implements api.Images.
func (c *Client) Images(ctx context.Context) ([]api.Image, error) {
	return get[[]api.Image](ctx, c, http.MethodGet, "/v1/images", nil)
}

// Build implements api.Images.
func (c *Client) Build(ctx context.Context, recipes []string) (ferry.Job, error) {
	return do[api.BuildRequest, ferry.Job](ctx, c, "/v1/images/build", api.BuildRequest{Recipes: recipes}, false)
}

// BuildConnector implements api.Images. When it fails, tar may still be read from
// for a moment. progress may be nil.
func (c *Client) BuildConnector(ctx context.Context, name string, tar io.Reader, progress func(line string) error) (string, error) {
	u := &upload{from: tar}
	ref, err := reports[string](ctx, c, u.call(http.MethodPost, "/v1/images/connectors", url.Values{"name": {name}}), progress)
	return ref, u.failed(err)
}

// RemoveImages implements api.Images.
func (c *Client) RemoveImages(ctx context.Context, names []string) ([]string, error) {
	return get[[]string](ctx, c, http.MethodDelete, "/v1/images", url.Values{"name": names})
}
