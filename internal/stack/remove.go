package stack

import (
	"context"
	"errors"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/inventory"
	"github.com/ferry-project/ferry/internal/job"
	"github.com/ferry-project/ferry/internal/plan"
	"github.com/ferry-project/ferry/internal/state"
)

// Remove takes a stack away with all its data. One that runs is refused unless
// forced; force works in every state, and ends the job that is at work first.
func (m *Manager) Remove(ctx context.Context, ref string, force bool) (ferry.Job, error) {
	rec, err := m.inventory.Find(ctx, ref)
	if err != nil {
		return ferry.Job{}, err
	}
	if err := m.mayRemove(ctx, rec, force); err != nil {
		return ferry.Job{}, err
	}
	do := m.removing(rec.ID, removal{asked: true, force: force})
	return m.jobs.Launch(ctx, ferry.Job{Kind: ferry.RemoveJob, Stack: rec.ID}, do)
}

// GoOnRemoving takes away what could not be removed before.
func (m *Manager) GoOnRemoving(ctx context.Context, id string) (ferry.Job, error) {
	return m.jobs.Launch(ctx, ferry.Job{Kind: ferry.RemoveJob, Stack: id}, m.removing(id, removal{}))
}

func (m *Manager) mayRemove(ctx context.Context, rec state.Record, force bool) error {
	id := rec.ID
	if j := m.jobs.Of(id); j != nil {
		if !force || j.Kind == ferry.RemoveJob {
			return job.Busy(id, j.Kind, j.ID)
		}
		return m.jobs.Interrupt(ctx, j)
	}
	if _, err := m.engine.Info(ctx); err != nil {
		return engine.Explain(err)
	}
	owed := m.jobs.Problem(id)
	switch {
	case force || removable(rec.Status):
		return nil
	case owed != "":
		return ferry.Errorf(ferry.Conflict, "%s may run: %s", id, owed).WithHint("to remove it as it is: ferry rm --force %s", id)
	}
	return runs(id)
}

func runs(id string) error {
	return ferry.Errorf(ferry.Conflict, "%s is running", id).
		WithHint("stop it first: ferry stop %s, or remove it as it is: ferry rm --force %s", id, id)
}

// removable: without force only what does not run is removed.
func removable(s ferry.Status) bool {
	return s == ferry.Stopped || s == ferry.StartFailed || s == ferry.Removing
}

// removal is what somebody wants to be removed.
type removal struct {
	// asked: by the user; else it goes on with what the record wants.
	asked bool
	// force: whatever state the stack is in by now.
	force bool
}

func (m *Manager) removing(id string, r removal) job.Work {
	return func(ctx context.Context) ([]ferry.Step, error) {
		rec, err := m.store.Find(ctx, id)
		if ferry.CodeOf(err) == ferry.NotFound {
			return nil, nil // the interrupted start has undone itself
		}
		if err != nil {
			return nil, err
		}
		if r.asked && !r.force && !removable(rec.Status) {
			return nil, runs(id) // it was started since
		}
		if r.asked {
			rec.Undo = ""
		}
		return m.removeAll(ctx, rec)
	}
}

// removeAll removes what the engine has of a stack, then its record. The record
// goes last: while anything is left there is something to find it by. An undoing
// removes only what its job has made.
func (rc *reconciler) removeAll(ctx context.Context, rec state.Record) ([]ferry.Step, error) {
	id := rec.ID
	removes := func(r *state.Record) { r.Intent, r.Undo = ferry.WantRemoved, rec.Undo }
	if err := rc.jobs.Settle(ctx, id, ferry.Removing, removes); err != nil {
		return nil, err
	}
	have, err := rc.inventory.Have(ctx, id)
	if err != nil {
		return nil, err
	}
	if others := madeByOthers(have, rec.Undo); rec.Undo != "" && len(others) > 0 {
		return rc.keep(ctx, rec, others)
	}
	ops, err := plan.Change(inventory.Past(&rec), plan.Goal{}, have)
	if err != nil {
		return nil, err
	}
	rc.jobs.Announce(id, ferry.RemoveJob, ops)
	path, err := rc.work.Do(ctx, &rec, ops)
	if errors.Is(context.Cause(ctx), job.ErrCancelled) && err != nil {
		return path, errors.Join(err, rc.spare(context.WithoutCancel(ctx), rec))
	}
	if err != nil {
		return path, err
	}
	return path, rc.jobs.Forget(ctx, id)
}

// spare ends a removal that was cancelled: what is still there stays, and no later server
// goes on with the removal.
func (rc *reconciler) spare(ctx context.Context, rec state.Record) error {
	status := ferry.Stopped
	if !rec.Started() {
		status = ferry.StartFailed
	}
	return rc.jobs.Settle(ctx, rec.ID, status, func(r *state.Record) { r.Intent, r.Undo = ferry.WantStopped, "" })
}
