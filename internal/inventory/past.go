package inventory

import (
	"github.com/ferry-project/ferry/internal/plan"
	"github.com/ferry-project/ferry/internal/state"
)

// Past returns how far a stack has come.
func Past(rec *state.Record) plan.Past {
	past := plan.Past{Formed: rec.Formed}
	if rec.Next != nil {
		past.Plan = &rec.Plan
	}
	return past
}
