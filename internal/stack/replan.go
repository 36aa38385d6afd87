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
func (m *Manager) replan(ctx context.Context, rec state.Record, why error) (state.Record, error) {
	m.planned.Lock()
	defer m.planned.Unlock()
	have, err := m.inventory.Have(ctx, rec.ID)
	if err != nil {
		return rec, err
	}
	if len(madeByOthers(have, m.jobs.ID(rec.ID))) > 0 {
		return rec, why
	}
	ops, err := plan.Change(plan.Past{}, plan.Goal{}, have)
	if err != nil {
		return rec, err
	}
	if _, err := m.walk(ctx, &rec, ops); err != nil {
		return rec, err
	}
	p, err := m.planAgain(ctx, rec)
	if err != nil {
		return rec, err
	}
	rec.Plan = p
	return rec, m.store.Update(ctx, rec.ID, func(r *state.Record) error {
		r.Plan = p
		return nil
	})
}

func (m *Manager) planAgain(ctx context.Context, rec state.Record) (ferry.Plan, error) {
	if rec.Source != "" {
		n, err := m.store.FindSnapshot(ctx, rec.Source)
		if err != nil {
			return ferry.Plan{}, err
		}
		return m.planOf(ctx, n, rec.ID, rec.Name)
	}
	in, err := m.input(ctx, rec.ID, rec.Name, rec.Plan.Application)
	if err != nil {
		return ferry.Plan{}, err
	}
	return plan.New(in)
}
