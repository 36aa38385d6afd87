package stack

import (
	"context"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/state"
)

// Store keeps records and jobs; state.Store is the one there is.
type Store interface {
	Records
	Changes
	JobStore
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
}

// Changes are made to records. An error that wraps state.ErrNotWritten says that the
// disk does not take them now.
type Changes interface {
	Create(ctx context.Context, r state.Record, begin ...ferry.Job) error
	Update(ctx context.Context, id string, change func(*state.Record) error) error
	Delete(ctx context.Context, id string) error
}

// JobStore keeps jobs.
type JobStore interface {
	BeginJob(ctx context.Context, j ferry.Job) error
	EndJob(ctx context.Context, id string, s ferry.JobState, failure *ferry.Error) error
	Job(ctx context.Context, id string) (ferry.Job, error)
	RunningJobs(ctx context.Context) ([]ferry.Job, error)
}

// settle records the state a job has brought a stack to, later if the disk is full.
func (m *Manager) settle(ctx context.Context, id string, status ferry.Status, change func(*state.Record)) error {
	return m.note(ctx, debt{stack: id, what: "it is " + string(status), write: func(ctx context.Context) error {
		return m.change(ctx, id, status, change)
	}})
}

// want records an intent together with the state on the way to it. What makes things
// must not begin without; what takes things away uses settle.
func (m *Manager) want(ctx context.Context, id string, intent ferry.Intent, status ferry.Status) error {
	if err := m.ledger.pay(ctx); err != nil {
		return err
	}
	return m.change(ctx, id, status, func(r *state.Record) { r.Intent = intent })
}

func (m *Manager) change(ctx context.Context, id string, status ferry.Status, change func(*state.Record)) error {
	return m.Store.Update(ctx, id, func(r *state.Record) error {
		r.Status, r.Changed = status, m.Now()
		if change != nil {
			change(r)
		}
		return nil
	})
}

// forget removes a record whose stack is gone.
func (m *Manager) forget(ctx context.Context, id string) error {
	return m.note(ctx, debt{stack: id, what: "it is gone", write: func(ctx context.Context) error {
		return m.Store.Delete(ctx, id)
	}})
}

// note records an outcome, and warns the user when that has to wait.
func (m *Manager) note(ctx context.Context, d debt) error {
	known := m.ledger.problem(d.stack) != ""
	owed, err := m.ledger.record(context.WithoutCancel(ctx), d)
	if owed != nil && !known {
		m.publish(d.stack, ferry.Event{Kind: ferry.Note, Message: owed.Error() + "; it goes on without, and records it later"})
	}
	return err
}
