package planning

import (
	"context"
	"errors"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/app"
	"github.com/ferry-project/ferry/internal/plan"
	"github.com/ferry-project/ferry/internal/state"
)

// dryID stands for the id a stack would get, so that a plan printed twice is
// the same twice.
const dryID = "sa-00000000"

// Plan says what Start would do.
func (p *Planner) Plan(ctx context.Context, s api.Source) (api.Proposal, error) {
	doc, err := p.Open(s)
	if err != nil {
		return api.Proposal{}, err
	}
	first, err := p.First(ctx, doc, s, dryID, "")
	if err != nil {
		return api.Proposal{}, err
	}
	ops, err := plan.Change(plan.Past{}, plan.Goal{Plan: &first}, plan.Have{})
	return api.Proposal{Plan: first, Ops: ops}, err
}

// First decodes, observes and plans the stack id, which is not there yet. Faults of every
// step are placed in the file.
func (p *Planner) First(ctx context.Context, doc *app.Document, s api.Source, id, name string) (ferry.Plan, error) {
	application, err := p.application(ctx, doc, s)
	if err != nil {
		return ferry.Plan{}, err
	}
	in, err := p.input(ctx, id, name, application)
	if err != nil {
		return ferry.Plan{}, err
	}
	first, err := plan.New(in)
	return first, placed(err, doc.Locate)
}

// Again plans a stack of which there is nothing yet once more, around what is taken now.
func (p *Planner) Again(ctx context.Context, rec *state.Record) (ferry.Plan, error) {
	in, err := p.input(ctx, rec.ID, rec.Name, rec.Plan.Application)
	if err != nil {
		return ferry.Plan{}, err
	}
	return plan.New(in)
}

// placed has the faults of a plan say where in the user's file they are.
func placed(err error, locate func(error) error) error {
	if _, ok := errors.AsType[ferry.Faults](err); ok {
		return locate(err)
	}
	return err
}
