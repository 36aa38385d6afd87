package api

import (
	"context"

	"github.com/ferry-project/ferry"
)

// Snapshots are stacks as they were.
type Snapshots interface {
	// Snapshot saves a stack; Job.Snapshot is the snapshot's id.
	Snapshot(ctx context.Context, ref string, r SnapshotRequest) (ferry.Job, error)
	Snapshots(ctx context.Context) ([]ferry.Snapshot, error)
	// InspectSnapshot returns one; ref is an id, an unambiguous prefix or a name.
	InspectSnapshot(ctx context.Context, ref string) (SnapshotDetail, error)
	RemoveSnapshot(ctx context.Context, ref string) error
	// Revert takes a stack back to a snapshot of it.
	Revert(ctx context.Context, ref string, r RevertRequest) (ferry.Job, error)
}

// SnapshotRequest asks for a snapshot.
type SnapshotRequest struct {
	Name string `json:"name,omitempty"`
	Note string `json:"note,omitempty"` // for people
}

// RevertRequest asks for a stack to be what it was.
type RevertRequest struct {
	Snapshot string `json:"snapshot"`
	// Discard loses what the stack holds now; else that is saved first.
	Discard bool `json:"discard,omitempty"`
}

// SnapshotDetail is a snapshot with the plan of its stack.
type SnapshotDetail struct {
	ferry.Snapshot
	Plan ferry.Plan `json:"plan"`
}
