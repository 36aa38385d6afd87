package stack

import (
	"context"
	"errors"
	"strings"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/inventory"
	"github.com/ferry-project/ferry/internal/job"
	"github.com/ferry-project/ferry/internal/plan"
	"github.com/ferry-project/ferry/internal/state"
)

// raise brings a stack up from what there is of it: nothing, half of it, all of it but
// stopped, or all but a node that died. What fails is taken back.
func (rc *reconciler) raise(ctx context.Context, rec state.Record, have plan.Have, retain bool) ([]ferry.Step, error) {
	path, err := rc.bringUp(ctx, &rec, have)
	for range replans {
		if rec.Started() || !errors.Is(err, engine.ErrConflict) {
			break
		}
		if rec, err = rc.replan(ctx, rec, err); err == nil {
			path, err = rc.bringUp(ctx, &rec, plan.Have{})
		}
	}
	switch {
	case err == nil:
		return path, rc.arrive(ctx, &rec)
	case errors.Is(context.Cause(ctx), job.ErrShutdown):
		return path, err
	}
	return path, rc.takeBack(context.WithoutCancel(ctx), rec, retain, err)
}

// bringUp derives the work from what there is, and walks it.
func (rc *reconciler) bringUp(ctx context.Context, rec *state.Record, have plan.Have) ([]ferry.Step, error) {
	have, err := rc.snapshots.Fill(ctx, rec, have)
	if err != nil {
		return nil, err
	}
	ops, err := rc.raiseOps(ctx, rec, have)
	if err != nil {
		return nil, notBegun{err}
	}
	rc.jobs.Announce(rec.ID, startKind(rec), ops)
	if !rec.Started() {
		rc.notes(rec)
		rc.tellLost(ctx, rec.ID)
	}
	return rc.work.Do(ctx, rec, ops)
}

// notBegun is the error of a raise that has not touched the stack.
type notBegun struct{ error }

func (e notBegun) Unwrap() error { return e.error }

// startKind is what a job that brings the stack up is called.
func startKind(rec *state.Record) ferry.JobKind {
	if rec.Started() {
		return ferry.ResumeJob
	}
	return ferry.StartJob
}

// raiseOps is the work of a raise. A lost container is made again; a lost volume is
// lost data, and is never passed over in silence.
func (rc *reconciler) raiseOps(ctx context.Context, rec *state.Record, have plan.Have) ([]ferry.Op, error) {
	id := rec.ID
	lost, spare := have.Lost(&rec.Plan, rec.Formed)
	if len(lost) > 0 {
		return nil, ferry.Errorf(ferry.Failed, "%s cannot come up: its data is gone (%s)", id, strings.Join(lost, ", ")).
			WithHint("the volumes were removed outside Ferry; ferry rm %s takes away the rest", id)
	}
	for _, place := range spare {
		rc.jobs.Publish(id, ferry.Event{Kind: ferry.Note, Message: place + " was on a volume that is gone: it begins anew, as its image has it"})
	}
	if err := rc.unlock(ctx, rec, have); err != nil {
		return nil, err
	}
	if err := rc.renewImages(ctx, rec, have); err != nil {
		return nil, err
	}
	return plan.Change(inventory.Past(rec), plan.Goal{Plan: rec.Wanted()}, have)
}

// takeBack ends a raise that failed: what was never started is undone, what was is
// stopped again, with all its data, if anything of it was touched. Retained, it stays as
// it is: a repair must not take down what still works.
func (rc *reconciler) takeBack(ctx context.Context, rec state.Record, retain bool, why error) error {
	id := rec.ID
	switch {
	case !rec.Started() && retain && ferry.CodeOf(why) != ferry.Interrupted:
		return errors.Join(why, rc.jobs.Settle(ctx, id, ferry.StartFailed, nil))
	case !rec.Started():
		return rc.undo(ctx, rec, why)
	case errors.As(why, &notBegun{}) && !retain && ferry.CodeOf(why) != ferry.Unavailable:
		return errors.Join(why, rc.jobs.Settle(ctx, id, ferry.Stopped, nil))
	case retain, errors.As(why, &notBegun{}): // it is meant to run: it will be seen to when the engine is back
		return errors.Join(why, rc.jobs.Settle(ctx, id, ferry.Degraded, nil))
	}
	ctx, cancel := context.WithTimeout(ctx, undoTime)
	defer cancel()
	_, err := rc.stopping(id)(ctx)
	return errors.Join(why, err)
}
