package stack

import (
	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/plan"
	"github.com/ferry-project/ferry/internal/state"
)

// pastOf is how far a stack has come.
func pastOf(rec *state.Record) plan.Past {
	past := plan.Past{Formed: rec.Formed}
	if rec.Next != nil {
		past.Plan = &rec.Plan
	}
	return past
}

func servicesOf(p *ferry.Plan) []string {
	var ids []string
	for _, s := range p.Services {
		ids = append(ids, s.ID)
	}
	return ids
}
