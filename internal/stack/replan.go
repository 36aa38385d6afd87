package stack

import (
	"context"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/plan"
	"github.com/ferry-project/ferry/internal/state"
)

// replans is how often a start looks for another subnet or host port when a
// planned one was taken between looking and making: by another home's stack, for
// one. Images may have been built in between.
const replans = 3

// replan plans the same application again, with the same ids and secrets, around
// what is taken now. What the first walk made is removed before. Where anything of
// the stack was there before this job nothing is planned again: why stays the answer.
func (rc *reconciler) replan(ctx context.Context, rec state.Record, why error) (state.Record, error) {
	rc.planned.Lock()
	defer rc.planned.Unlock()
	have, err := rc.inventory.Have(ctx, rec.ID)
	if err != nil {
		return rec, err
	}
	if len(madeByOthers(have, rc.jobs.ID(rec.ID))) > 0 {
		return rec, why
	}
	ops, err := plan.Change(plan.Past{}, plan.Goal{}, have)
	if err != nil {
		return rec, err
	}
	if _, err := rc.work.Do(ctx, &rec, ops); err != nil {
		return rec, err
	}
	p, err := rc.planAgain(ctx, rec)
	if err != nil {
		return rec, err
	}
	rec.Plan = p
	return rec, rc.store.Update(ctx, rec.ID, func(r *state.Record) error {
		r.Plan = p
		return nil
	})
}

func (rc *reconciler) planAgain(ctx context.Context, rec state.Record) (ferry.Plan, error) {
	if rec.Source != "" {
		n, err := rc.snapshots.Find(ctx, rec.Source)
		if err != nil {
			return ferry.Plan{}, err
		}
		return rc.planner.OfSnapshot(ctx, n, rec.ID, rec.Name)
	}
	return rc.planner.Again(ctx, &rec)
}
