package stack

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/job"
	"github.com/ferry-project/ferry/internal/plan"
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
	next, err := m.nextPlan(ctx, &rec, c)
	if err != nil {
		return ferry.Job{}, err
	}
	j := ferry.Job{Kind: ferry.ChangeJob, Stack: rec.ID}
	return m.jobs.Launch(ctx, j, func(ctx context.Context) ([]ferry.Step, error) { return m.changing(ctx, rec, next) })
}

// Diff says what Apply would do, and nothing where all is as it is asked for.
func (m *Manager) Diff(ctx context.Context, ref string, c api.Change) (api.Difference, error) {
	rec, err := m.inventory.Find(ctx, ref)
	if err != nil {
		return api.Difference{}, err
	}
	next, err := m.nextPlan(ctx, &rec, c)
	if err != nil {
		return api.Difference{}, err
	}
	d := api.Difference{Stack: rec.ID, Ops: []ferry.Op{}, Same: reflect.DeepEqual(next, rec.Plan)}
	if d.Same {
		return d, nil
	}
	have, err := m.inventory.Have(ctx, rec.ID)
	if err != nil {
		return api.Difference{}, err
	}
	d.Ops, err = plan.Change(plan.Past{Plan: &rec.Plan, Formed: rec.Formed}, plan.Goal{Plan: &next}, have)
	return d, err
}

// nextPlan plans what is asked for after what there is. Counts alone leave everything
// else as it is; a file may bring images of a newer Ferry too.
func (m *Manager) nextPlan(ctx context.Context, rec *state.Record, c api.Change) (ferry.Plan, error) {
	application, place := rec.Plan.Application, asItIs
	if c.Source != nil {
		doc, err := m.open(*c.Source)
		if err != nil {
			return ferry.Plan{}, err
		}
		if application, err = m.application(ctx, doc, *c.Source); err != nil {
			return ferry.Plan{}, err
		}
		place = doc.Locate
	}
	application, err := m.resize(rec, application, c.Instances)
	if err != nil {
		return ferry.Plan{}, err
	}
	in, err := m.input(ctx, rec.ID, rec.Name, application)
	if err != nil {
		return ferry.Plan{}, err
	}
	in.KeepImages = c.Source == nil
	p, err := plan.Next(&rec.Plan, in)
	return p, placed(err, place)
}

func asItIs(err error) error { return err }

// resize sets the counts of services: by personality, by name or by id.
func (m *Manager) resize(rec *state.Record, a ferry.Application, counts map[string]int) (ferry.Application, error) {
	a.Backends = slices.Clone(a.Backends)
	for i := range a.Backends {
		a.Backends[i].Compute = slices.Clone(a.Backends[i].Compute)
	}
	for name, n := range counts {
		if n < 1 {
			return a, ferry.Errorf(ferry.Invalid, "%s cannot have %d instances", name, n).WithHint("1 or more: %s=1", name)
		}
		found := m.blocks(rec, &a, name)
		if len(found) != 1 {
			return a, unclear(rec, name, len(found))
		}
		found[0].Instances = n
	}
	return a, nil
}

// blocks are the storages and computes of an application that a name may mean.
func (m *Manager) blocks(rec *state.Record, a *ferry.Application, name string) []*ferry.Service {
	var found []*ferry.Service
	look := func(s *ferry.Service) {
		kind, ok := m.catalogue.Find(s.Personality)
		id := func(p ferry.Planned) bool { return p.ID == name && p.Spec.Path == s.Path }
		if ok && kind.Card().Answers(name) || slices.ContainsFunc(rec.Plan.Services, id) {
			found = append(found, s)
		}
	}
	for i := range a.Backends {
		look(&a.Backends[i].Storage)
		for j := range a.Backends[i].Compute {
			look(&a.Backends[i].Compute[j])
		}
	}
	return found
}

func unclear(rec *state.Record, name string, n int) error {
	var words []string
	for _, s := range rec.Plan.Services {
		if s.Class == ferry.Storage || s.Class == ferry.Compute {
			words = append(words, s.Spec.Personality+" ("+s.ID+", "+strconv.Itoa(s.Spec.Instances)+")")
		}
	}
	if n == 0 {
		return ferry.Errorf(ferry.NotFound, "%s has no service %q that has a count", rec.ID, name).
			WithHint("it has %s", strings.Join(words, ", "))
	}
	return ferry.Errorf(ferry.Invalid, "%q could be any of %d services of %s", name, n, rec.ID).
		WithHint("name one by its id: %s", strings.Join(words, ", "))
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
func (m *Manager) toNext(ctx context.Context, rec state.Record) ([]ferry.Step, error) {
	path, err := m.walkChange(ctx, rec)
	switch {
	case err == nil:
		return path, m.arrive(ctx, &rec)
	case errors.Is(context.Cause(ctx), job.ErrShutdown):
		return path, err
	}
	return path, m.goBack(context.WithoutCancel(ctx), rec, err)
}

// arrived makes the next plan the one that the nodes are made by.
func arrived(r *state.Record) {
	if r.Next != nil {
		r.Plan, r.Next = *r.Next, nil
	}
	r.Formed, r.Source = servicesOf(&r.Plan), ""
}

func (m *Manager) walkChange(ctx context.Context, rec state.Record) ([]ferry.Step, error) {
	have, err := m.inventory.Have(ctx, rec.ID)
	if err != nil {
		return nil, err
	}
	ops, err := m.raiseOps(ctx, &rec, have)
	if err != nil {
		return nil, err
	}
	m.jobs.Announce(rec.ID, ferry.ChangeJob, ops)
	return m.walk(ctx, &rec, ops)
}

// goBack undoes a change that failed: the stack becomes what it was. Where that fails
// too it stays between the two, which its status says, and a start tries again.
func (m *Manager) goBack(ctx context.Context, rec state.Record, why error) error {
	m.jobs.Publish(rec.ID, ferry.Event{Kind: ferry.Note, Message: "the change failed; the stack is brought back to what it was"})
	back, old := rec, rec.Plan
	old.Revision = rec.Next.Revision + 1
	back.Plan, back.Next = *rec.Next, &old
	err := m.store.Update(ctx, rec.ID, func(r *state.Record) error { r.Plan, r.Next = back.Plan, back.Next; return nil })
	if err == nil {
		ctx, cancel := context.WithTimeout(ctx, undoTime)
		defer cancel()
		_, err = m.walkChange(ctx, back)
	}
	if err != nil {
		err = fmt.Errorf("bring %s back to what it was: %w", rec.ID, err)
		return errors.Join(why, err, m.jobs.Settle(ctx, rec.ID, ferry.Degraded, nil))
	}
	return errors.Join(why, m.arrive(ctx, &back))
}
