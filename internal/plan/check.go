package plan

import (
	"slices"
	"strings"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/personality"
)

// Check returns the faults that personalities find in an application of which others
// are known already. A service whose kind, count or options are among the known ones
// is not asked: what it said would only follow from them.
func Check(a ferry.Application, catalogue personality.Catalogue, known ferry.Faults) ferry.Faults {
	b := builder{in: Input{Application: a, Catalogue: catalogue}, known: known}
	b.all()
	return b.faults
}

func unclear(s ferry.Service, known ferry.Faults) bool {
	block, _, _ := strings.Cut(s.Path, ".layers[")
	return s.Personality == "" || slices.ContainsFunc(known, func(f ferry.Fault) bool {
		return f.Path == block || slices.ContainsFunc([]string{".personality", ".instances", ".args"}, func(key string) bool {
			return strings.HasPrefix(f.Path, block+key)
		})
	})
}
