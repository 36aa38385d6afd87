package stack

import (
	"context"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/lease"
	"github.com/ferry-project/ferry/internal/state"
)

// leaseFor is the lease that a start asks for, nil for none; digest is of what the stack is.
func (m *Manager) leaseFor(r api.StartRequest, digest func() (string, error)) (l *state.Lease, err error) {
	if r.Lease == nil {
		return nil, nil
	}
	l = &state.Lease{Until: m.now().Add(lease.First), Linger: r.Lease.Linger}
	if r.Lease.Reuse {
		l.Digest, err = digest()
	}
	return l, err
}

// shared is the job that brings up, or proves to be up, a stack that others hold or have
// held and that is what the lease wants; ok is false when there is none.
func (m *Manager) shared(ctx context.Context, want *state.Lease) (j ferry.Job, ok bool, err error) {
	if want == nil || want.Digest == "" {
		return j, false, nil
	}
	leased, err := m.store.Leased(ctx)
	if err != nil {
		return j, false, err
	}
	for _, x := range leased {
		if x.Lease.Digest != want.Digest || x.Lease.Over {
			continue
		}
		if j, err := m.join(ctx, x.Stack, want); err == nil {
			return j, true, nil
		}
	}
	return j, false, nil
}

// join: a stack that is just being started by another is waited for.
func (m *Manager) join(ctx context.Context, stack string, want *state.Lease) (ferry.Job, error) {
	err := m.store.Update(ctx, stack, func(r *state.Record) error {
		if r.Lease == nil || r.Lease.Over || r.Intent == ferry.WantRemoved {
			return ferry.Errorf(ferry.Conflict, "%s is on its way out", stack)
		}
		r.Lease.Linger = max(r.Lease.Linger, want.Linger)
		if !r.Lease.Until.IsZero() && r.Lease.Until.Before(want.Until) {
			r.Lease.Until = want.Until
		}
		return nil
	})
	if err != nil {
		return ferry.Job{}, err
	}
	if j := m.jobs.Of(stack); j != nil && (j.Kind == ferry.StartJob || j.Kind == ferry.ResumeJob) {
		return j.Job, nil
	}
	rec, err := m.store.Find(ctx, stack)
	if err != nil {
		return ferry.Job{}, err
	}
	return m.resume(ctx, rec, true)
}

// notLeased: a stack that is somebody's own is not removed for having been used.
func notLeased(rec *state.Record, r api.StartRequest) error {
	if r.Lease == nil {
		return nil
	}
	return ferry.Errorf(ferry.Invalid, "%s is a stack of its own, and would be removed after the command", rec.ID).
		WithHint("to run a command in it: ferry exec %s -- …; to run one on a copy of its data: ferry snapshot %s, and run that", rec.ID, rec.ID)
}
