package plan

import (
	"slices"

	"github.com/ferry-project/ferry"
)

// growth are the tasks by which a service takes in its new nodes.
func (c *change) growth(s ferry.Planned, phases []ferry.Phase) (ids []string) {
	if !slices.Contains(phases, ferry.AfterGrow) {
		return nil
	}
	for _, t := range s.Tasks {
		if t.When == ferry.AfterGrow && !t.Optional {
			ids = append(ids, workID(ferry.RunTask, s, t.Name))
		}
	}
	return ids
}
