package stack

import (
	"context"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/state"
)

// Store keeps records; state.Store is the one there is.
type Store interface {
	Records
	Changes
	SnapshotStore
}

// SnapshotStore keeps snapshots.
type SnapshotStore interface {
	CreateSnapshot(ctx context.Context, n state.Snapshot) error
	UpdateSnapshot(ctx context.Context, n state.Snapshot) error
	FindSnapshot(ctx context.Context, ref string) (state.Snapshot, error)
	Snapshots(ctx context.Context) ([]ferry.Snapshot, error)
	DeleteSnapshot(ctx context.Context, id string) error
	// StacksFrom lists the stacks that are to begin with a snapshot.
	StacksFrom(ctx context.Context, snapshot string) ([]string, error)
}

// Records are read.
type Records interface {
	Find(ctx context.Context, ref string) (state.Record, error)
	List(ctx context.Context) ([]state.Listed, error)
	IDs(ctx context.Context) ([]string, error)
	Leased(ctx context.Context) ([]state.Leased, error)
}

// Changes are made to records. An error that wraps state.ErrNotWritten says that the
// disk does not take them now.
type Changes interface {
	Create(ctx context.Context, r state.Record, begin ...ferry.Job) error
	Update(ctx context.Context, id string, change func(*state.Record) error) error
	Delete(ctx context.Context, id string) error
}
