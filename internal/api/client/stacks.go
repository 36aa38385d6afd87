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
	return do[api.StartRequest, ferry.Job](ctx, c, "/v1/stacks", r, false)
}

// Stop implements api.Stacks.
func (c *Client) Stop(ctx context.Context, ref string) (ferry.Job, error) {
	path, err := at("/v1/stacks/%s/stop", ref)
	if err != nil {
		return ferry.Job{}, err
	}
	return c.verb(ctx, call{method: http.MethodPost, path: path, again: true}, ref, ferry.StopJob)
}

// Remove implements api.Stacks.
func (c *Client) Remove(ctx context.Context, ref string, force bool) (ferry.Job, error) {
	path, err := at("/v1/stacks/%s", ref)
	if err != nil {
		return ferry.Job{}, err
	}
	k := call{method: http.MethodDelete, path: path, query: flag("force", force), again: true}
	return c.verb(ctx, k, ref, ferry.RemoveJob)
}

// Test implements api.Stacks.
func (c *Client) Test(ctx context.Context, ref string) (ferry.Job, error) {
	path, err := at("/v1/stacks/%s/test", ref)
	if err != nil {
		return ferry.Job{}, err
	}
	return c.verb(ctx, call{method: http.MethodPost, path: path, again: true}, ref, ferry.TestJob)
}

// Apply implements api.Stacks.
func (c *Client) Apply(ctx context.Context, ref string, k api.Change) (ferry.Job, error) {
	path, err := at("/v1/stacks/%s/apply", ref)
	if err != nil {
		return ferry.Job{}, err
	}
	return do[api.Change, ferry.Job](ctx, c, path, k, false)
}

// Diff implements api.Stacks.
func (c *Client) Diff(ctx context.Context, ref string, k api.Change) (api.Difference, error) {
	path, err := at("/v1/stacks/%s/diff", ref)
	if err != nil {
		return api.Difference{}, err
	}
	return do[api.Change, api.Difference](ctx, c, path, k, true)
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
	return do[api.Source, []ferry.Question](ctx, c, "/v1/questions", s, true)
}

// Plan implements api.Plans.
func (c *Client) Plan(ctx context.Context, s api.Source) (api.Proposal, error) {
	return do[api.Source, api.Proposal](ctx, c, "/v1/plan", s, true)
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
