package doctor

import (
	"strings"

	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/engine/fitness"
)

// limits says what nodes cannot have on the engine. Stacks that do not need it run, so it
// is no fault.
func (d *Doctor) limits(info engine.Info, err error) finding {
	const name = "limits of the engine"
	if err != nil {
		return good(name, "not known: the engine does not answer")
	}
	var found, ways []string
	for _, f := range fitness.Findings(info) {
		found = append(found, f.Found)
		if f.Way != "" {
			ways = append(ways, f.Way)
		}
	}
	if len(found) == 0 {
		return good(name, "none that matter")
	}
	return good(name, "%s", strings.Join(found, "; ")).hint("%s", strings.Join(ways, "; "))
}
