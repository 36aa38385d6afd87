package client

import (
	"context"
	"io"
	"net/http"
)

// Bundle implements api.Bundles.
func (c *Client) Bundle(ctx context.Context, ref string, w io.Writer) error {
	path, err := at("/v1/stacks/%s/bundle", ref)
	if err != nil {
		return err
	}
	bundle, err := c.download(ctx, call{method: http.MethodGet, path: path})
	if err != nil {
		return err
	}
	defer bundle.Close()
	_, err = io.Copy(w, bundle)
	return err
}
