package apitest

import (
	"context"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
)

func noSnapshot(ref string) error { return ferry.Errorf(ferry.NotFound, "no snapshot %q", ref) }

// Snapshot plays SnapshotFunc, else no stack is known.
func (f *Ferry) Snapshot(ctx context.Context, ref string, r api.SnapshotRequest) (ferry.Job, error) {
	if f.SnapshotFunc == nil {
		return ferry.Job{}, noStack(ref)
	}
	return f.SnapshotFunc(ctx, ref, r)
}

// Snapshots plays SnapshotsFunc, else there is none.
func (f *Ferry) Snapshots(ctx context.Context) ([]ferry.Snapshot, error) {
	if f.SnapshotsFunc == nil {
		return []ferry.Snapshot{}, nil
	}
	return f.SnapshotsFunc(ctx)
}

// InspectSnapshot plays InspectSnapshotFunc, else no snapshot is known.
func (f *Ferry) InspectSnapshot(ctx context.Context, ref string) (api.SnapshotDetail, error) {
	if f.InspectSnapshotFunc == nil {
		return api.SnapshotDetail{}, noSnapshot(ref)
	}
	return f.InspectSnapshotFunc(ctx, ref)
}

// RemoveSnapshot plays RemoveSnapshotFunc, else no snapshot is known.
func (f *Ferry) RemoveSnapshot(ctx context.Context, ref string) error {
	if f.RemoveSnapshotFunc == nil {
		return noSnapshot(ref)
	}
	return f.RemoveSnapshotFunc(ctx, ref)
}

// Revert plays RevertFunc, else no stack is known.
func (f *Ferry) Revert(ctx context.Context, ref string, r api.RevertRequest) (ferry.Job, error) {
	if f.RevertFunc == nil {
		return ferry.Job{}, noStack(ref)
	}
	return f.RevertFunc(ctx, ref, r)
}
