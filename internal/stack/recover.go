package stack

import (
	"context"
	"errors"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/job"
	"github.com/ferry-project/ferry/internal/state"
)

// Recover goes on where a killed server was.
func (m *Manager) Recover(ctx context.Context) error { return m.jobs.GoOn(ctx, m.goOn) }

// goOn does what is left of a job of the server before.
func (m *Manager) goOn(j ferry.Job) job.Work {
	return func(ctx context.Context) ([]ferry.Step, error) {
		cut := ferry.Errorf(ferry.Interrupted, "the server was ended while it ran")
		if j.Stack == "" {
			return nil, cut
		}
		if err := engine.Await(ctx, m.engine); err != nil {
			return nil, err
		}
		if err := m.snapshots.DropUnfinished(ctx, j.Stack); err != nil {
			return nil, err
		}
		if !j.Kind.Redone() {
			return nil, cut
		}
		rec, err := m.store.Find(ctx, j.Stack)
		if err != nil && ferry.CodeOf(err) != ferry.NotFound {
			return nil, err
		}
		m.jobs.Publish(j.Stack, ferry.Event{Kind: ferry.Note, Message: "the server was ended meanwhile; the next one goes on"})
		switch j.Kind {
		case ferry.RemoveJob:
			return m.removing(j.Stack, removal{asked: rec.Intent != ferry.WantRemoved, force: true})(ctx)
		case ferry.StopJob:
			return m.stopping(j.Stack)(ctx)
		case ferry.ChangeJob:
			return m.goOnChanging(ctx, rec)
		case ferry.RevertJob:
			return m.goOnReverting(ctx, rec)
		}
		return m.goOnStarting(ctx, j, rec)
	}
}

// goOnChanging: a change that was cut off before it was recorded has not begun.
func (m *Manager) goOnChanging(ctx context.Context, rec state.Record) ([]ferry.Step, error) {
	if rec.Next == nil || rec.Status != ferry.Changing {
		return nil, ferry.Errorf(ferry.Interrupted, "the server was ended before %s was changed", rec.ID)
	}
	return m.toNext(ctx, rec)
}

// goOnReverting: a revert that was cut off before its stack was touched is over.
func (m *Manager) goOnReverting(ctx context.Context, rec state.Record) ([]ferry.Step, error) {
	if rec.Source == "" {
		return nil, ferry.Errorf(ferry.Interrupted, "the server was ended before %s was touched", rec.ID)
	}
	return m.takeOver(ctx, rec.ID)
}

// goOnStarting: the intent counts. A start that was being undone wants its stack
// to be removed by now, a resume that was being undone wants it to be stopped.
func (m *Manager) goOnStarting(ctx context.Context, j ferry.Job, rec state.Record) ([]ferry.Step, error) {
	undone := ferry.Errorf(ferry.Failed, "the start of %s did not succeed and was undone", j.Stack).
		WithHint("ferry events %s tells what happened", j.ID)
	switch {
	case rec.ID == "":
		return nil, undone
	case rec.Intent == ferry.WantRemoved:
		path, err := m.removing(j.Stack, removal{})(ctx)
		return path, errors.Join(err, undone)
	case rec.Intent == ferry.WantStopped && rec.Status == ferry.Stopping:
		path, err := m.stopping(j.Stack)(ctx)
		return path, errors.Join(err, undone)
	}
	return m.resuming(j.Stack, j.Retain)(ctx)
}
