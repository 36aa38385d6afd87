package planning

import (
	"context"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/plan"
)

// Digest returns what the plan of an application is, whosever it is.
func (p *Planner) Digest(ctx context.Context, a ferry.Application) (string, error) {
	info, err := p.Engine.Info(ctx)
	if err != nil {
		return "", engine.Explain(err)
	}
	return plan.Digest(plan.Input{Application: a, Host: hostOf(info), Catalogue: p.Catalogue, Images: p.Refs, Pool: p.Pool})
}
