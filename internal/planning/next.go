package planning

import (
	"context"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/plan"
	"github.com/ferry-project/ferry/internal/state"
)

// Diff says what Apply would do, and nothing where all is as it is asked for.
func (p *Planner) Diff(ctx context.Context, ref string, c api.Change) (api.Difference, error) {
	rec, err := p.Inventory.Find(ctx, ref)
	if err != nil {
		return api.Difference{}, err
	}
	next, err := p.Next(ctx, &rec, c)
	if err != nil {
		return api.Difference{}, err
	}
	d := api.Difference{Stack: rec.ID, Ops: []ferry.Op{}, Same: reflect.DeepEqual(next, rec.Plan)}
	if d.Same {
		return d, nil
	}
	have, err := p.Inventory.Have(ctx, rec.ID)
	if err != nil {
		return api.Difference{}, err
	}
	d.Ops, err = plan.Change(plan.Past{Plan: &rec.Plan, Formed: rec.Formed}, plan.Goal{Plan: &next}, have)
	return d, err
}

// Next plans what is asked for after what there is. Counts alone leave everything
// else as it is; a file may bring images of a newer Ferry too.
func (p *Planner) Next(ctx context.Context, rec *state.Record, c api.Change) (ferry.Plan, error) {
	application, place := rec.Plan.Application, asItIs
	if c.Source != nil {
		doc, err := p.Open(*c.Source)
		if err != nil {
			return ferry.Plan{}, err
		}
		if application, err = p.application(ctx, doc, *c.Source); err != nil {
			return ferry.Plan{}, err
		}
		place = doc.Locate
	}
	application, err := p.resize(rec, application, c.Instances)
	if err != nil {
		return ferry.Plan{}, err
	}
	in, err := p.input(ctx, rec.ID, rec.Name, application)
	if err != nil {
		return ferry.Plan{}, err
	}
	in.KeepImages = c.Source == nil
	next, err := plan.Next(&rec.Plan, in)
	return next, placed(err, place)
}

func asItIs(err error) error { return err }

// resize sets the counts of services: by personality, by name or by id.
func (p *Planner) resize(rec *state.Record, a ferry.Application, counts map[string]int) (ferry.Application, error) {
	a.Backends = slices.Clone(a.Backends)
	for i := range a.Backends {
		a.Backends[i].Compute = slices.Clone(a.Backends[i].Compute)
	}
	for name, n := range counts {
		if n < 1 {
			return a, ferry.Errorf(ferry.Invalid, "%s cannot have %d instances", name, n).WithHint("1 or more: %s=1", name)
		}
		found := p.blocks(rec, &a, name)
		if len(found) != 1 {
			return a, unclear(rec, name, len(found))
		}
		found[0].Instances = n
	}
	return a, nil
}

// blocks are the storages and computes of an application that a name may mean.
func (p *Planner) blocks(rec *state.Record, a *ferry.Application, name string) []*ferry.Service {
	var found []*ferry.Service
	look := func(s *ferry.Service) {
		kind, ok := p.Catalogue.Find(s.Personality)
		id := func(planned ferry.Planned) bool { return planned.ID == name && planned.Spec.Path == s.Path }
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
