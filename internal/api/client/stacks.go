package client

import (
	"context"
	"net/http"
	"net/url"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
)

// Start implements api.Stacks.
func (c *Client) Start(ctx context.Context, r api.StartRequest) (ferry.Job, error) {
	return do[api.StartRequest, ferry.Job](ctx, c, "/v1/stacks", r)
}

// Stop implements api.Stacks.
func (c *Client) Stop(ctx context.Context, ref string) (ferry.Job, error) {
	return about[ferry.Job](ctx, c, http.MethodPost, "/v1/stacks/%s/stop", ref, nil)
}

// Remove implements api.Stacks.
func (c *Client) Remove(ctx context.Context, ref string, force bool) (ferry.Job, error) {
	return about[ferry.Job](ctx, c, http.MethodDelete, "/v1/stacks/%s", ref, flag("force", force))
}

// Test implements api.Stacks.
func (c *Client) Test(ctx context.Context, ref string) (ferry.Job, error) {
	return about[ferry.Job](ctx, c, http.MethodPost, "/v1/stacks/%s/test", ref, nil)
}

// List implements api.Stacks.
func (c *Client) List(ctx context.Context, all bool) ([]ferry.Stack, error) {
	return get[[]ferry.Stack](ctx, c, http.MethodGet, "/v1/stacks", flag("all", all))
}

// Inspect implements api.Stacks.
func (c *Client) Inspect(ctx context.Context, ref string) (api.Detail, error) {
	return about[api.Detail](ctx, c, http.MethodGet, "/v1/stacks/%s", ref, nil)
}

// Adopt implements api.Stacks.
func (c *Client) Adopt(ctx context.Context) ([]ferry.Stack, error) {
	return get[[]ferry.Stack](ctx, c, http.MethodPost, "/v1/stacks/adopt", nil)
}

// Questions implements api.Plans.
func (c *Client) Questions(ctx context.Context, s api.Source) ([]ferry.Question, error) {
	return do[api.Source, []ferry.Question](ctx, c, "/v1/questions", s)
}

// Plan implements api.Plans.
func (c *Client) Plan(ctx context.Context, s api.Source) (ferry.Plan, error) {
	return do[api.Source, ferry.Plan](ctx, c, "/v1/plan", s)
}

// about asks about one thing, named in the path.
func about[Out any](ctx context.Context, c *Client, method, format, name string, query url.Values) (Out, error) {
	path, err := at(format, name)
	if err != nil {
		var none Out
		return none, err
	}
	return get[Out](ctx, c, method, path, query)
}

// flag is a query that is there or not.
func flag(name string, on bool) url.Values {
	if !on {
		return nil
	}
	return url.Values{name: {"true"}}
}
