package lease

import (
	"context"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/retry"
	"github.com/ferry-project/ferry/internal/state"
)

// Remove takes a stack away, whatever state it is in.
type Remove func(ctx context.Context, ref string, force bool) (ferry.Job, error)

// Keep removes what nobody holds any more until ctx ends. Stacks that were held when the
// server before ended are given time to be held again. Records that cannot be read are
// asked for again: whether a server can go on without them is not for leases to say.
func (l *Leases) Keep(ctx context.Context, remove Remove) error {
	defer l.group.Wait()
	if err := retry.Every(again).Until(ctx, func() error { return l.inherit(ctx) }); err != nil {
		return err
	}
	for l.rest(ctx, l.sweep(ctx, remove)) {
	}
	return nil
}

// inherit: whoever held a stack has to find this server first.
func (l *Leases) inherit(ctx context.Context) error {
	leased, err := l.store.Leased(ctx)
	if err != nil {
		l.log.Warn("look at the leases of the server before", "error", err)
		return err
	}
	for _, x := range leased {
		if err := l.extend(ctx, x.Stack); err != nil && ferry.CodeOf(err) != ferry.NotFound && ferry.CodeOf(err) != ferry.Conflict {
			l.log.Warn("a lease of the server before", "stack", x.Stack, "error", err)
		}
	}
	return nil
}

func (l *Leases) extend(ctx context.Context, stack string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.holders[stack] > 0 {
		return nil
	}
	return l.update(ctx, stack, func(x *state.Lease) error {
		soon := l.now().Add(First)
		if x.Until.IsZero() { // its server was killed
			soon = soon.Add(x.Linger)
		}
		if x.Until.Before(soon) {
			x.Until = soon
		}
		return nil
	})
}

// rest waits for the moment at which something is due, zero for none, and reports
// whether to go on.
func (l *Leases) rest(ctx context.Context, at time.Time) bool {
	var due <-chan time.Time
	if !at.IsZero() {
		t := time.NewTimer(at.Sub(l.now()))
		defer t.Stop()
		due = t.C
	}
	select {
	case <-ctx.Done():
		return false
	case <-l.changed:
	case <-due:
	}
	return true
}

// sweep removes what is due and returns when to look again, zero when nothing is due.
func (l *Leases) sweep(ctx context.Context, remove Remove) (next time.Time) {
	leased, err := l.store.Leased(ctx)
	if err != nil {
		l.log.Warn("look at the leases", "error", err)
		return l.now().Add(again)
	}
	for _, x := range leased {
		if l.held(x.Stack) {
			continue
		}
		at := x.Lease.Until
		if x.Lease.Due(l.now()) {
			l.end(ctx, x.Stack, remove)
			at = l.now().Add(again)
		}
		if !at.IsZero() && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	return next
}

func (l *Leases) held(stack string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.holders[stack] > 0
}

// end removes a stack whose lease has run out: from then on nobody can hold it. Removing
// may have to wait for the end of a job, and others are not to wait for that.
func (l *Leases) end(ctx context.Context, stack string, remove Remove) {
	err := l.update(ctx, stack, func(x *state.Lease) error {
		if !x.Due(l.now()) {
			return errHeld
		}
		x.Over = true
		return nil
	})
	if err != nil {
		return // it is held again, or gone; else the next look tries again
	}
	if !l.begin(stack) {
		return
	}
	l.group.Go(func() {
		defer l.finish(stack)
		l.log.Info("nobody holds a stack any more", "stack", stack)
		_, err := remove(ctx, stack, true)
		if code := ferry.CodeOf(err); err != nil && code != ferry.NotFound && code != ferry.Conflict { // of a removal that is under way
			l.log.Warn("remove a stack that nobody holds", "stack", stack, "error", err)
		}
	})
}

var errHeld = ferry.Errorf(ferry.Conflict, "it is held again")

// begin notes that a stack is being removed, and reports whether it is not yet.
func (l *Leases) begin(stack string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ending[stack] {
		return false
	}
	l.ending[stack] = true
	return true
}

func (l *Leases) finish(stack string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.ending, stack)
}
