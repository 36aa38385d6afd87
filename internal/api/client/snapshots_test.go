package client_test

import (
	"context"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/api/apitest"
)

func snapshotRounds() []round {
	const ref = "a/b?c d%20ü"
	saved := ferry.Snapshot{
		ID: "sn-1", Name: "räder", State: ferry.SnapshotGood, Stack: "sa-1", Lineage: "li", Application: "x", Created: moment, Still: time.Second,
		Volumes: []ferry.SnapshotVolume{{Node: "gluster0", Name: "brick", Volume: "v", Digest: "d", Files: 1, Bytes: 1 << 40}},
		Images:  map[string]string{"control-0": "ferry/snapshot:x"}, Version: "1.2",
	}
	detail := api.SnapshotDetail{Snapshot: saved, Plan: plan}
	save := api.SnapshotRequest{Name: "räder", Note: "<&>"}
	revert := api.RevertRequest{Snapshot: "sn-1", Discard: true}
	return []round{
		{
			"snapshot", job,
			[]any{ref, save},
			func(ctx context.Context, f api.Ferry) (any, error) { return f.Snapshot(ctx, ref, save) },
			func(f *apitest.Ferry, told *[]any) {
				f.SnapshotFunc = func(_ context.Context, ref string, r api.SnapshotRequest) (ferry.Job, error) {
					*told = []any{ref, r}
					return job, nil
				}
			},
		},
		{
			"revert", job,
			[]any{ref, revert},
			func(ctx context.Context, f api.Ferry) (any, error) { return f.Revert(ctx, ref, revert) },
			func(f *apitest.Ferry, told *[]any) {
				f.RevertFunc = func(_ context.Context, ref string, r api.RevertRequest) (ferry.Job, error) {
					*told = []any{ref, r}
					return job, nil
				}
			},
		},
		{
			"snapshots",
			[]ferry.Snapshot{saved},
			nil, func(ctx context.Context, f api.Ferry) (any, error) { return f.Snapshots(ctx) },
			func(f *apitest.Ferry, _ *[]any) {
				f.SnapshotsFunc = func(context.Context) ([]ferry.Snapshot, error) { return []ferry.Snapshot{saved}, nil }
			},
		},
		{
			"inspect snapshot", detail,
			[]any{ref},
			func(ctx context.Context, f api.Ferry) (any, error) { return f.InspectSnapshot(ctx, ref) },
			func(f *apitest.Ferry, told *[]any) {
				f.InspectSnapshotFunc = func(_ context.Context, ref string) (api.SnapshotDetail, error) {
					*told = []any{ref}
					return detail, nil
				}
			},
		},
		{
			"remove snapshot", nil,
			[]any{ref},
			func(ctx context.Context, f api.Ferry) (any, error) { return nil, f.RemoveSnapshot(ctx, ref) },
			func(f *apitest.Ferry, told *[]any) {
				f.RemoveSnapshotFunc = func(_ context.Context, ref string) error { *told = []any{ref}; return nil }
			},
		},
	}
}
