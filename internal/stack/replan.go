package stack

import (
	"context"
	"errors"

	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/plan"
	"github.com/ferry-project/ferry/internal/state"
)

// replans is how often a start looks for another subnet when the planned one was
// taken between looking and making: by a server of another home, for one.
const replans = 3

// subnetWasTaken: the walk failed on something that exists, and the stack's own
// network does not.
func (m *Manager) subnetWasTaken(ctx context.Context, id string, err error) bool {
	if !errors.Is(err, engine.ErrConflict) {
		return false
	}
	left, err := m.leftovers(ctx, id)
	return err == nil && len(left.Networks) == 0
}

// replan plans the same application again, with the same ids and secrets, on a
// free subnet. What the first walk made and the second would make otherwise is
// removed before.
func (m *Manager) replan(ctx context.Context, rec state.Record) (state.Record, error) {
	m.planned.Lock()
	defer m.planned.Unlock()
	left, err := m.leftovers(ctx, rec.Stack.ID)
	if err != nil {
		return rec, err
	}
	if _, err := m.walk(ctx, &rec, plan.Remove(left)); err != nil {
		return rec, err
	}
	host, observed, err := m.observe(ctx)
	if err != nil {
		return rec, err
	}
	rec.Plan, err = plan.New(plan.Input{
		Stack: rec.Stack.ID, Name: rec.Stack.Name, Application: rec.Plan.Application, Host: host,
		Catalogue: m.Catalogue, Images: m.Refs, Pool: m.Pool, Observed: observed,
	})
	if err != nil {
		return rec, err
	}
	m.views.forget(rec.Stack.ID)
	return rec, m.Store.Update(ctx, rec.Stack.ID, func(r *state.Record) error {
		r.Plan = rec.Plan
		return nil
	})
}
