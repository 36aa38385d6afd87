package stack

import (
	"context"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/state"
)

// Images are what nodes are made of.
type Images interface {
	// Labels are those of an image, whoever has made it.
	Labels(ctx context.Context, ref string) (labels map[string]string, ok bool, err error)
}

// Store keeps records; state.Store is the one there is.
type Store interface {
	Records
	Changes
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
