package stack

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/job"
	"github.com/ferry-project/ferry/internal/state"
)

// Apply brings a stack from what it is to what is asked for, by the least that does.
// Where that fails it is brought back to what it was.
func (m *Manager) Apply(ctx context.Context, ref string, c api.Change) (ferry.Job, error) {
	rec, _, err := m.atRest(ctx, ref, "changed")
	if err != nil {
		return ferry.Job{}, err
	}
	if !rec.Started() {
		return ferry.Job{}, ferry.Errorf(ferry.Conflict, "%s has never run and cannot be changed", rec.ID).
			WithHint("ferry start %s brings it up first", rec.ID)
	}
	m.planned.Lock()
	defer m.planned.Unlock()
	next, err := m.planner.Next(ctx, &rec, c)
	if err != nil {
		return ferry.Job{}, err
	}
	j := ferry.Job{Kind: ferry.ChangeJob, Stack: rec.ID}
	return m.jobs.Launch(ctx, j, func(ctx context.Context) ([]ferry.Step, error) { return m.changing(ctx, rec, next) })
}

// changing is the body of a change. A stopped stack only notes what is wanted.
func (m *Manager) changing(ctx context.Context, rec state.Record, next ferry.Plan) ([]ferry.Step, error) {
	if reflect.DeepEqual(next, rec.Plan) {
		m.jobs.Announce(rec.ID, ferry.ChangeJob, nil)
		m.jobs.Publish(rec.ID, ferry.Event{Kind: ferry.Note, Message: "nothing changes: it is as it is asked for"})
		return nil, nil
	}
	status := ferry.Changing
	if rec.Status == ferry.Stopped {
		status = ferry.Stopped
	}
	next.Revision = rec.Plan.Revision + 1
	rec.Next = &next
	err := m.jobs.Change(ctx, rec.ID, status, func(r *state.Record) { r.Next = &next })
	if err != nil || status == ferry.Stopped {
		return nil, err
	}
	return m.toNext(ctx, rec)
}

// toNext brings a stack to its next plan, or back to the one it had.
func (rc *reconciler) toNext(ctx context.Context, rec state.Record) ([]ferry.Step, error) {
	path, err := rc.walkChange(ctx, rec)
	switch {
	case err == nil:
		return path, rc.arrive(ctx, &rec)
	case errors.Is(context.Cause(ctx), job.ErrShutdown):
		return path, err
	}
	return path, rc.goBack(context.WithoutCancel(ctx), rec, err)
}

// arrived makes the next plan the one that the nodes are made by.
func arrived(r *state.Record) {
	if r.Next != nil {
		r.Plan, r.Next = *r.Next, nil
	}
	r.Formed, r.Source = r.Plan.ServiceIDs(), ""
}

func (rc *reconciler) walkChange(ctx context.Context, rec state.Record) ([]ferry.Step, error) {
	have, err := rc.inventory.Have(ctx, rec.ID)
	if err != nil {
		return nil, err
	}
	ops, err := rc.raiseOps(ctx, &rec, have)
	if err != nil {
		return nil, err
	}
	rc.jobs.Announce(rec.ID, ferry.ChangeJob, ops)
	return rc.work.Do(ctx, &rec, ops)
}

// goBack undoes a change that failed: the stack becomes what it was. Where that fails
// too it stays between the two, which its status says, and a start tries again.
func (rc *reconciler) goBack(ctx context.Context, rec state.Record, why error) error {
	rc.jobs.Publish(rec.ID, ferry.Event{Kind: ferry.Note, Message: "the change failed; the stack is brought back to what it was"})
	back, old := rec, rec.Plan
	old.Revision = rec.Next.Revision + 1
	back.Plan, back.Next = *rec.Next, &old
	err := rc.store.Update(ctx, rec.ID, func(r *state.Record) error { r.Plan, r.Next = back.Plan, back.Next; return nil })
	if err == nil {
		ctx, cancel := context.WithTimeout(ctx, undoTime)
		defer cancel()
		_, err = rc.walkChange(ctx, back)
	}
	if err != nil {
		err = fmt.Errorf("bring %s back to what it was: %w", rec.ID, err)
		return errors.Join(why, err, rc.jobs.Settle(ctx, rec.ID, ferry.Degraded, nil))
	}
	return errors.Join(why, rc.arrive(ctx, &back))
}
