package client

import (
	"context"
	"net/http"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
)

// Snapshot implements api.Snapshots.
func (c *Client) Snapshot(ctx context.Context, ref string, r api.SnapshotRequest) (ferry.Job, error) {
	path, err := at("/v1/stacks/%s/snapshot", ref)
	if err != nil {
		return ferry.Job{}, err
	}
	return do[api.SnapshotRequest, ferry.Job](ctx, c, path, r, false)
}

// Revert implements api.Snapshots.
func (c *Client) Revert(ctx context.Context, ref string, r api.RevertRequest) (ferry.Job, error) {
	path, err := at("/v1/stacks/%s/revert", ref)
	if err != nil {
		return ferry.Job{}, err
	}
	return do[api.RevertRequest, ferry.Job](ctx, c, path, r, false)
}

// Snapshots implements api.Snapshots.
func (c *Client) Snapshots(ctx context.Context) ([]ferry.Snapshot, error) {
	return get[[]ferry.Snapshot](ctx, c, http.MethodGet, "/v1/snapshots", nil)
}

// InspectSnapshot implements api.Snapshots.
func (c *Client) InspectSnapshot(ctx context.Context, ref string) (api.SnapshotDetail, error) {
	return about[api.SnapshotDetail](ctx, c, http.MethodGet, "/v1/snapshots/%s", ref, nil)
}

// RemoveSnapshot implements api.Snapshots.
func (c *Client) RemoveSnapshot(ctx context.Context, ref string) error {
	path, err := at("/v1/snapshots/%s", ref)
	if err != nil {
		return err
	}
	return c.order(ctx, call{method: http.MethodDelete, path: path, again: true})
}
