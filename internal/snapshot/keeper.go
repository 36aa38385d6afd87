// Package snapshot saves what stacks hold, and fills stacks with what was saved. It only
// copies: the plan of a stack that begins with a snapshot, and its life, are others' work.
package snapshot

import (
	"context"
	"log/slog"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/inventory"
	"github.com/ferry-project/ferry/internal/job"
	"github.com/ferry-project/ferry/internal/state"
)

// Keeper makes and keeps snapshots.
type Keeper struct {
	Engine    engine.Engine
	Store     Store
	Inventory *inventory.Inventory
	Jobs      *job.Jobs
	Work      *job.Worker
	Saved     Images
	// HomeLabel is what things of this FERRY_HOME are labelled with.
	HomeLabel string
	MadeBy    string // the version of Ferry
	Log       *slog.Logger
	Now       func() time.Time
}

// Store keeps the records of snapshots.
type Store interface {
	CreateSnapshot(ctx context.Context, n state.Snapshot) error
	UpdateSnapshot(ctx context.Context, n state.Snapshot) error
	FindSnapshot(ctx context.Context, ref string) (state.Snapshot, error)
	Snapshots(ctx context.Context) ([]ferry.Snapshot, error)
	DeleteSnapshot(ctx context.Context, id string) error
	// StacksFrom lists the stacks that are to begin with a snapshot.
	StacksFrom(ctx context.Context, snapshot string) ([]string, error)
}

// Images are those that connectors were saved as.
type Images interface {
	// List lists the images with a label, "key" or "key=value".
	List(ctx context.Context, label string) ([]engine.Image, error)
	Remove(ctx context.Context, ref string) error
}

// Find returns a snapshot by its id, an unambiguous beginning of it, or its name.
func (k *Keeper) Find(ctx context.Context, ref string) (state.Snapshot, error) {
	return k.Store.FindSnapshot(ctx, ref)
}

// Usable fails with a sentence for the user when a snapshot is not whole.
func Usable(n ferry.Snapshot) error {
	if n.State != ferry.SnapshotGood {
		return ferry.Errorf(ferry.Conflict, "snapshot %s is not whole: it is still being made, or its making was cut off", n.ID)
	}
	return nil
}
