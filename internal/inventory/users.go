package inventory

import (
	"context"
	"slices"
	"strings"

	"github.com/ferry-project/ferry/internal/state"
)

// ImageUsers returns the stacks of this home by the images they were made from.
func (v *Inventory) ImageUsers(ctx context.Context) (map[string][]string, error) {
	stacks, err := v.Records.List(ctx)
	if err != nil {
		return nil, err
	}
	users := map[string][]string{}
	use := func(stack string, images []string) {
		for _, i := range images {
			if ref := Tagged(i); !slices.Contains(users[ref], stack) {
				users[ref] = append(users[ref], stack)
			}
		}
	}
	for _, s := range stacks {
		use(s.ID, s.Listing.Images)
	}
	lost, err := v.Lost(ctx)
	for _, l := range lost {
		if p, err := l.Plan(); err == nil {
			use(l.ID, state.ListingOf(p).Images)
		}
	}
	return users, err
}

// Tagged adds the tag that a reference without one means.
func Tagged(ref string) string {
	if strings.Contains(ref[strings.LastIndex(ref, "/")+1:], ":") {
		return ref
	}
	return ref + ":latest"
}
