package stack

import (
	"context"
	"slices"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/plan"
	"github.com/ferry-project/ferry/internal/state"
)

// Remove takes a stack away with all its data. One that runs is refused unless
// forced; force works in every state, and ends the job that is at work first.
func (m *Manager) Remove(ctx context.Context, ref string, force bool) (ferry.Job, error) {
	rec, err := m.find(ctx, ref)
	if err != nil {
		return ferry.Job{}, err
	}
	if err := m.mayRemove(ctx, rec, force); err != nil {
		return ferry.Job{}, err
	}
	return m.launch(ctx, ferry.Job{Kind: ferry.RemoveJob, Stack: rec.Stack.ID}, m.removing(rec.Stack.ID))
}

func (m *Manager) mayRemove(ctx context.Context, rec state.Record, force bool) error {
	id := rec.Stack.ID
	if j := m.jobs.ofStack(id); j != nil {
		if !force || j.Kind == ferry.RemoveJob {
			return busy(id, j.Kind, j.ID)
		}
		return m.interrupt(ctx, j)
	}
	if _, err := m.Engine.Info(ctx); err != nil {
		return unavailable(err)
	}
	removable := []ferry.Status{ferry.Stopped, ferry.Broken, ferry.Removing}
	if !force && !slices.Contains(removable, rec.Stack.Status) {
		return ferry.Errorf(ferry.Conflict, "%s is running", id).
			WithHint("stop it first: ferry stop %s, or remove it as it is: ferry rm --force %s", id, id)
	}
	return nil
}

// interrupt cancels a job and waits for its end.
func (m *Manager) interrupt(ctx context.Context, j *job) error {
	j.cancel(errCancelled)
	select {
	case <-j.done:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (m *Manager) removing(id string) work {
	return func(ctx context.Context) ([]ferry.Step, error) {
		rec, err := m.Store.Find(ctx, id)
		if ferry.CodeOf(err) == ferry.NotFound {
			return nil, nil // the interrupted start has undone itself
		}
		if err != nil {
			return nil, err
		}
		return m.removeAll(ctx, rec)
	}
}

// removeAll removes what the engine has of a stack, then its record. The record
// goes last: while anything is left there is something to find it by.
func (m *Manager) removeAll(ctx context.Context, rec state.Record) ([]ferry.Step, error) {
	id := rec.Stack.ID
	if err := m.want(ctx, id, ferry.Removing, ferry.Removing); err != nil {
		return nil, err
	}
	left, err := m.leftovers(ctx, id)
	if err != nil {
		return nil, err
	}
	ops := plan.Remove(left)
	m.announce(id, ferry.RemoveJob, len(ops))
	path, err := m.walk(ctx, &rec, ops)
	if err != nil {
		return path, err
	}
	m.views.forget(id)
	return path, m.Store.Delete(context.WithoutCancel(ctx), id)
}

// leftovers asks the engine by label, so that nothing is forgotten that a plan
// or a record does not know of.
func (m *Manager) leftovers(ctx context.Context, id string) (plan.Leftovers, error) {
	var l plan.Leftovers
	nodes, err := m.Engine.ListNodes(ctx, m.of(id))
	if err != nil {
		return l, unavailable(err)
	}
	for _, n := range nodes {
		l.Nodes = append(l.Nodes, n.Name)
	}
	volumes, err := m.Engine.ListVolumes(ctx, m.of(id))
	if err != nil {
		return l, unavailable(err)
	}
	for _, v := range volumes {
		l.Volumes = append(l.Volumes, v.Name)
	}
	networks, err := m.Engine.ListNetworks(ctx)
	if err != nil {
		return l, unavailable(err)
	}
	for _, n := range networks {
		if n.Labels[ferry.LabelStack] == id && n.Labels[ferry.LabelHome] == m.HomeLabel {
			l.Networks = append(l.Networks, n.Name)
		}
	}
	return l, nil
}
