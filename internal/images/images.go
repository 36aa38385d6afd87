package images

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/engine"
)

// Images lists the recipes, what other versions of Ferry have built, and users'
// own connectors.
func (s *Stock) Images(ctx context.Context) ([]api.Image, error) {
	have, err := s.Builder.List(ctx, ferry.LabelRecipe)
	if err != nil {
		return nil, engine.Explain(err)
	}
	users, err := s.Inventory.ImageUsers(ctx)
	if err != nil {
		return nil, err
	}
	out := []api.Image{}
	known := map[string]bool{}
	for _, h := range have {
		if h.Labels[ferry.LabelSnapshot] != "" {
			continue // goes with its snapshot, and only then
		}
		for _, ref := range h.Refs {
			known[ref] = true
			recipe := h.Labels[ferry.LabelRecipe]
			out = append(out, api.Image{
				Recipe: recipe, Ref: ref, Built: true, Current: s.current(recipe, ref),
				Size: h.Size, Created: h.Created, UsedBy: users[ref],
			})
		}
	}
	for _, recipe := range slices.Sorted(maps.Keys(s.Refs)) {
		if ref := s.Refs[recipe]; !known[ref] {
			out = append(out, api.Image{Recipe: recipe, Ref: ref, Current: true})
		}
	}
	slices.SortFunc(out, func(a, b api.Image) int { return strings.Compare(a.Ref, b.Ref) })
	return out, nil
}

// current: of this version of Ferry, or a user's own.
func (s *Stock) current(recipe, ref string) bool {
	now, known := s.Refs[recipe]
	return now == ref || s.Builders[recipe] == ref || known && !strings.HasPrefix(ref, "ferry/")
}
