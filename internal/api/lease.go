package api

import (
	"context"
	"time"
)

// Leases keep stacks for those who use them: a stack that was started with a lease is
// removed when nobody holds it any more, whatever became of those who did.
type Leases interface {
	// Hold keeps a stack until ctx ends, and calls held when it does. A connection that
	// is lost, and is not there again soon, lets go of it.
	Hold(ctx context.Context, ref string, held func() error) error
	// Release ends the lease: the stack stays until somebody removes it.
	Release(ctx context.Context, ref string) error
}

// LeaseRequest asks for a stack that is removed when nobody holds it any more.
type LeaseRequest struct {
	// Linger is how long it stays after the last one has let go, in nanoseconds.
	Linger time.Duration `json:"linger,omitempty" minimum:"0" maximum:"86400000000000"`
	// Reuse: a stack of the same plan that was started so is taken instead of a new one.
	Reuse bool `json:"reuse,omitempty"`
}
