package client

import (
	"context"
	"io"
	"net/http"
	"net/url"

	"github.com/ferry-project/ferry/internal/api"
)

// Export implements api.Archives.
func (c *Client) Export(ctx context.Context, ref string, r api.ExportRequest) (io.ReadCloser, error) {
	path, err := at("/v1/snapshots/%s/archive", ref)
	if err != nil {
		return nil, err
	}
	query := url.Values{}
	if r.Secrets {
		query.Set("secrets", "true")
	}
	return c.download(ctx, call{method: http.MethodGet, path: path, query: query})
}

// Import implements api.Archives. progress may be nil.
func (c *Client) Import(ctx context.Context, r api.ImportRequest, archive io.Reader, progress func(line string) error) (api.Imported, error) {
	query := url.Values{}
	if r.Name != "" {
		query.Set("name", r.Name)
	}
	u := &upload{from: archive}
	done, err := reports[api.Imported](ctx, c, u.call(http.MethodPost, "/v1/snapshots", query), progress)
	return done, u.failed(err)
}
