package server

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
)

// snapshotInput is the part of a path that names a snapshot.
type snapshotInput struct {
	Ref string `path:"ref" doc:"A snapshot's id, an unambiguous beginning of it, or its name." example:"sn-1"`
}

type saveInput struct {
	Ref  string `path:"ref" doc:"A stack's id, an unambiguous beginning of it, or its name." example:"sa-1"`
	Body api.SnapshotRequest
}

type revertInput struct {
	Ref  string `path:"ref" doc:"A stack's id, an unambiguous beginning of it, or its name." example:"sa-1"`
	Body api.RevertRequest
}

func (r routes) snapshots() {
	f := r.ferry
	get, post := http.MethodGet, http.MethodPost
	huma.Register(r.api, accepted(described(operation(post, "/v1/stacks/{ref}/snapshot", "snapshots", "save-stack", "Save a stack"),
		"Saves the stack's data, plan, secrets and connectors as a snapshot. A running stack stands still only for what changed while it was copied.")),
		func(ctx context.Context, in *saveInput) (*body[ferry.Job], error) {
			return answer(f.Snapshot(ctx, in.Ref, in.Body))
		})
	huma.Register(r.api, accepted(described(operation(post, "/v1/stacks/{ref}/revert", "snapshots", "revert-stack", "Revert a stack"),
		"Takes the stack back to a snapshot of it, in place. What it holds is saved first, unless that is to be lost.")),
		func(ctx context.Context, in *revertInput) (*body[ferry.Job], error) {
			return answer(f.Revert(ctx, in.Ref, in.Body))
		})
	huma.Register(r.api, described(operation(get, "/v1/snapshots", "snapshots", "list-snapshots", "List snapshots"),
		"The snapshots that are whole, the oldest first."),
		func(ctx context.Context, _ *nothing) (*list[ferry.Snapshot], error) {
			return answerList(f.Snapshots(ctx))
		})
	huma.Register(r.api, described(operation(get, "/v1/snapshots/{ref}", "snapshots", "inspect-snapshot", "Inspect a snapshot"),
		"One snapshot with the plan of its stack."),
		func(ctx context.Context, in *snapshotInput) (*body[api.SnapshotDetail], error) {
			return answer(f.InspectSnapshot(ctx, in.Ref))
		})
	huma.Register(r.api, described(operation(http.MethodDelete, "/v1/snapshots/{ref}", "snapshots", "remove-snapshot", "Remove a snapshot"),
		"Removes the snapshot and its data for good."),
		func(ctx context.Context, in *snapshotInput) (*nothing, error) {
			return done(f.RemoveSnapshot(ctx, in.Ref))
		})
}
