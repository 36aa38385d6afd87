package planning

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/app"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/plan"
	"github.com/ferry-project/ferry/internal/spell"
)

// Open finds the application a source means: the text of a file, a built-in's
// name, or a one-liner.
func (p *Planner) Open(s api.Source) (*app.Document, error) {
	if s.Text != nil {
		return app.Parse(s.Target, s.Text)
	}
	if doc, ok := app.Builtin(s.Target); ok {
		return doc, nil
	}
	doc, ok, err := app.OneLiner(s.Target, p.Catalogue.Cards(), !s.NoClient)
	if ok || err != nil {
		return doc, err
	}
	return nil, p.unknown(s.Target)
}

func (p *Planner) unknown(target string) error {
	var names []string
	for _, b := range app.Builtins() {
		names = append(names, b.Name)
	}
	return ferry.Errorf(ferry.NotFound, "%q is no application, file, one-liner or stack", target).
		WithHint("%sbuilt-in applications: %s; a one-liner: gluster:3+mpi:4; your stacks: ferry ps -a",
			spell.Hint(target, names), strings.Join(names, ", "))
}

// application decodes a document with the user's answers and overrides. A faulty one
// is shown to the personalities all the same, so that all faults are reported at once.
func (p *Planner) application(ctx context.Context, doc *app.Document, s api.Source) (ferry.Application, error) {
	var down error
	a, err := doc.Application(app.Options{
		Cards: p.Catalogue.Cards(), Answers: s.Answers, Set: s.Set,
		Image: func(ref string) (client string, ok bool) {
			client, ok, err := p.clientOf(ctx, ref)
			down = cmp.Or(down, err)
			return client, ok
		},
	})
	if down != nil {
		return a, engine.Explain(down) // else it would be reported as an image that is not there
	}
	if faults, ok := errors.AsType[ferry.Faults](err); ok {
		return a, doc.Join(faults, plan.Check(a, p.Catalogue, faults))
	}
	return a, err
}

// clientOf returns the client that a user's own connector image was built from.
func (p *Planner) clientOf(ctx context.Context, ref string) (client string, ok bool, err error) {
	labels, ok, err := p.Labels.Labels(ctx, ref)
	if err != nil || !ok {
		return "", false, err
	}
	client, ok = labels[ferry.LabelClient]
	return client, ok, nil
}

// Questions returns what an application asks.
func (p *Planner) Questions(_ context.Context, s api.Source) ([]ferry.Question, error) {
	doc, err := p.Open(s)
	if err != nil {
		return nil, err
	}
	return doc.Questions(), nil
}
