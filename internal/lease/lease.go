// Package lease removes stacks that nobody holds any more. Who starts a stack with a lease
// holds it by a connection; when that is lost, also because its process was killed, and not
// there again soon, the stack goes. Leases are records: a server that is killed is followed
// by one that waits for those who held something to come back, and then removes the rest.
//
//	start ─▶ due in a minute ─▶ held ─▶ due soon, or after its linger ─▶ over ─▶ removed
//	              (a new server)  ▲───────────┘ held again
package lease

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/state"
)

const (
	// First is how long a stack waits to be held for the first time, by this server: who
	// started it may have to find the server again.
	First = time.Minute
	// lost is how long a connection that was lost may take to be there again.
	lost = 15 * time.Second
	// again is when a removal is tried again that could not begin.
	again = 10 * time.Second
)

// Store keeps leases.
type Store interface {
	Find(ctx context.Context, ref string) (state.Record, error)
	Update(ctx context.Context, id string, change func(*state.Record) error) error
	Leased(ctx context.Context) ([]state.Leased, error)
}

// Leases implements api.Leases.
type Leases struct {
	store   Store
	log     *slog.Logger
	now     func() time.Time
	mu      sync.Mutex
	holders map[string]int  // by stack
	ending  map[string]bool // stacks that are just being removed
	changed chan struct{}   // has a token when something may be due earlier than it was
	group   sync.WaitGroup
}

var _ api.Leases = (*Leases)(nil)

// New makes leases that Keep honours.
func New(store Store, log *slog.Logger, now func() time.Time) *Leases {
	return &Leases{
		store: store, log: log, now: now,
		holders: map[string]int{}, ending: map[string]bool{}, changed: make(chan struct{}, 1),
	}
}

// Hold keeps a stack until ctx ends.
func (l *Leases) Hold(ctx context.Context, ref string, held func() error) error {
	rec, err := l.store.Find(ctx, ref)
	if err != nil {
		return err
	}
	if err := l.take(ctx, rec.ID); err != nil {
		return err
	}
	defer l.letGo(context.WithoutCancel(ctx), rec.ID)
	if err := held(); err != nil {
		return err
	}
	<-ctx.Done()
	return context.Cause(ctx)
}

// take: a full disk does not keep anybody from holding what is there.
func (l *Leases) take(ctx context.Context, stack string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	err := l.update(ctx, stack, func(x *state.Lease) error {
		if x.Over {
			return ferry.Errorf(ferry.Conflict, "the lease of %s has run out, and it is being removed", stack)
		}
		x.Until = time.Time{}
		return nil
	})
	if err != nil && !errors.Is(err, state.ErrNotWritten) {
		return err
	}
	l.holders[stack]++
	return nil
}

// letGo notes when the stack goes if nobody else holds it. What cannot be noted is
// noted by the next server: the lease is there.
func (l *Leases) letGo(ctx context.Context, stack string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.holders[stack]--
	if l.holders[stack] > 0 {
		return
	}
	delete(l.holders, stack)
	err := l.update(ctx, stack, func(x *state.Lease) error {
		x.Until = l.now().Add(max(lost, x.Linger))
		return nil
	})
	if code := ferry.CodeOf(err); err != nil && code != ferry.NotFound && code != ferry.Conflict {
		l.log.Warn("let go of a stack", "stack", stack, "error", err)
	}
	l.Wake()
}

// update changes a lease that is there.
func (l *Leases) update(ctx context.Context, stack string, change func(*state.Lease) error) error {
	return l.store.Update(ctx, stack, func(r *state.Record) error {
		if r.Lease == nil {
			return ferry.Errorf(ferry.Conflict, "%s has no lease: it stays until somebody removes it", stack)
		}
		return change(r.Lease)
	})
}

// Release ends a lease.
func (l *Leases) Release(ctx context.Context, ref string) error {
	rec, err := l.store.Find(ctx, ref)
	if err != nil {
		return err
	}
	return l.store.Update(ctx, rec.ID, func(r *state.Record) error {
		if r.Lease != nil && r.Lease.Over {
			return ferry.Errorf(ferry.Conflict, "the lease of %s has run out, and it is being removed", r.ID)
		}
		r.Lease = nil
		return nil
	})
}

// Wake has Keep look at leases that are new.
func (l *Leases) Wake() {
	select {
	case l.changed <- struct{}{}:
	default: // there is a token already
	}
}
