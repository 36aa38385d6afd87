package images

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/inventory"
)

// RemoveImages removes images that no stack of this home uses: those named, or
// all that no recipe asks for any more.
func (s *Stock) RemoveImages(ctx context.Context, names []string) ([]string, error) {
	list, err := s.Images(ctx)
	if err != nil {
		return nil, err
	}
	chosen, err := chooseImages(list, names)
	if err != nil {
		return nil, err
	}
	removed := []string{}
	for _, i := range chosen {
		err := s.Builder.Remove(ctx, i.Ref)
		if errors.Is(err, engine.ErrConflict) { // by a stack of another FERRY_HOME, or by no stack at all
			return removed, ferry.Errorf(ferry.Conflict, "image %s is in use: %w", i.Ref, err)
		}
		if err != nil {
			return removed, fmt.Errorf("remove image %s: %w", i.Ref, err)
		}
		removed = append(removed, i.Ref)
	}
	return removed, nil
}

// chooseImages picks by recipe or reference. What a stack uses is refused when
// it was named, and passed over otherwise.
func chooseImages(list []api.Image, names []string) ([]api.Image, error) {
	var chosen []api.Image
	found := map[string]bool{}
	for _, i := range list {
		named := slices.ContainsFunc(names, func(n string) bool { return n == i.Recipe || inventory.Tagged(n) == i.Ref })
		if !i.Built || !named && (len(names) > 0 || i.Current) {
			continue
		}
		if len(i.UsedBy) > 0 && named {
			return nil, ferry.Errorf(ferry.Conflict, "image %s is used by %s", i.Ref, strings.Join(i.UsedBy, ", "))
		}
		found[i.Recipe], found[i.Ref] = true, true
		if len(i.UsedBy) == 0 {
			chosen = append(chosen, i)
		}
	}
	for _, n := range names {
		if !found[n] && !found[inventory.Tagged(n)] {
			return nil, ferry.Errorf(ferry.NotFound, "no image of %q is built", n).WithHint("ferry images ls lists them")
		}
	}
	return chosen, nil
}
