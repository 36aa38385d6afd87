package stack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/inventory"
	"github.com/ferry-project/ferry/internal/job"
	"github.com/ferry-project/ferry/internal/spell"
)

// Builder builds images from recipes, and keeps them.
type Builder interface {
	// Ensure builds a recipe and its parents where they are not there yet.
	Ensure(ctx context.Context, recipe string, progress func(line string)) error
	BuildConnector(ctx context.Context, name string, tar io.Reader, progress func(line string)) (ref string, err error)
	// List lists the images with a label, "key" or "key=value".
	List(ctx context.Context, label string) ([]engine.Image, error)
	// Labels are those of an image, whoever has made it.
	Labels(ctx context.Context, ref string) (labels map[string]string, ok bool, err error)
	// Remove fails with engine.ErrConflict while a node is made of the image.
	Remove(ctx context.Context, ref string) error
}

// Images lists the recipes, what other versions of Ferry have built, and users'
// own connectors.
func (m *Manager) Images(ctx context.Context) ([]api.Image, error) {
	have, err := m.builder.List(ctx, ferry.LabelRecipe)
	if err != nil {
		return nil, engine.Explain(err)
	}
	users, err := m.inventory.ImageUsers(ctx)
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
				Recipe: recipe, Ref: ref, Built: true, Current: m.current(recipe, ref),
				Size: h.Size, Created: h.Created, UsedBy: users[ref],
			})
		}
	}
	for _, recipe := range slices.Sorted(maps.Keys(m.refs)) {
		if ref := m.refs[recipe]; !known[ref] {
			out = append(out, api.Image{Recipe: recipe, Ref: ref, Current: true})
		}
	}
	slices.SortFunc(out, func(a, b api.Image) int { return strings.Compare(a.Ref, b.Ref) })
	return out, nil
}

// current: of this version of Ferry, or a user's own.
func (m *Manager) current(recipe, ref string) bool {
	now, known := m.refs[recipe]
	return now == ref || m.builders[recipe] == ref || known && !strings.HasPrefix(ref, "ferry/")
}

// Build builds recipes, all at once; the builder orders what depends.
func (m *Manager) Build(ctx context.Context, recipes []string) (ferry.Job, error) {
	if len(recipes) == 0 {
		recipes = slices.Sorted(maps.Keys(m.refs))
	}
	for _, r := range recipes {
		if _, ok := m.refs[r]; !ok {
			return ferry.Job{}, ferry.Errorf(ferry.NotFound, "there is no recipe %q", r).
				WithHint("%sthe recipes are %s", spell.Hint(r, slices.Sorted(maps.Keys(m.refs))), strings.Join(slices.Sorted(maps.Keys(m.refs)), ", "))
		}
	}
	if _, err := m.engine.Info(ctx); err != nil {
		return ferry.Job{}, engine.Explain(err)
	}
	j := m.jobs.New(ferry.Job{Kind: ferry.BuildJob})
	return m.jobs.Launch(ctx, j, m.building(j.ID, recipes))
}

func (m *Manager) building(job string, recipes []string) job.Work {
	return func(ctx context.Context) ([]ferry.Step, error) {
		m.events.Publish(ferry.Event{Kind: ferry.JobStarted, Job: job, Total: len(recipes)})
		g, ctx := errgroup.WithContext(ctx)
		for _, r := range recipes {
			g.Go(func() error { return m.buildOne(ctx, job, r) })
		}
		return nil, g.Wait()
	}
}

func (m *Manager) buildOne(ctx context.Context, job, recipe string) error {
	begin := m.now()
	tell := func(e ferry.Event) {
		e.Job, e.Op, e.Do = job, "image "+recipe, ferry.EnsureImage
		m.events.Publish(e)
	}
	tell(ferry.Event{Kind: ferry.OpStarted})
	err := m.builder.Ensure(ctx, recipe, func(line string) { tell(ferry.Event{Kind: ferry.Output, Message: line}) })
	if err != nil {
		tell(ferry.Event{Kind: ferry.OpFailed, Message: err.Error(), Took: m.now().Sub(begin)})
		return err
	}
	tell(ferry.Event{Kind: ferry.OpDone, Took: m.now().Sub(begin)})
	return nil
}

// BuildConnector builds a user's own connector image.
func (m *Manager) BuildConnector(ctx context.Context, name string, tar io.Reader, progress func(line string) error) (string, error) {
	if _, err := m.engine.Info(ctx); err != nil {
		return "", engine.Explain(err)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	ref, err := m.builder.BuildConnector(ctx, name, tar, func(line string) {
		if err := progress(line); err != nil {
			cancel(err) // nobody listens any more
		}
	})
	return ref, engine.Explain(err)
}

// RemoveImages removes images that no stack of this home uses: those named, or
// all that no recipe asks for any more.
func (m *Manager) RemoveImages(ctx context.Context, names []string) ([]string, error) {
	list, err := m.Images(ctx)
	if err != nil {
		return nil, err
	}
	chosen, err := chooseImages(list, names)
	if err != nil {
		return nil, err
	}
	removed := []string{}
	for _, i := range chosen {
		err := m.builder.Remove(ctx, i.Ref)
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
