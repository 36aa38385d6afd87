package images

import (
	"context"
	"io"
	"maps"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/job"
	"github.com/ferry-project/ferry/internal/spell"
)

// Build builds recipes, all at once; the builder orders what depends.
func (s *Stock) Build(ctx context.Context, recipes []string) (ferry.Job, error) {
	if len(recipes) == 0 {
		recipes = slices.Sorted(maps.Keys(s.Refs))
	}
	for _, r := range recipes {
		if _, ok := s.Refs[r]; !ok {
			return ferry.Job{}, ferry.Errorf(ferry.NotFound, "there is no recipe %q", r).
				WithHint("%sthe recipes are %s", spell.Hint(r, slices.Sorted(maps.Keys(s.Refs))), strings.Join(slices.Sorted(maps.Keys(s.Refs)), ", "))
		}
	}
	if _, err := s.Engine.Info(ctx); err != nil {
		return ferry.Job{}, engine.Explain(err)
	}
	j := s.Jobs.New(ferry.Job{Kind: ferry.BuildJob})
	return s.Jobs.Launch(ctx, j, s.building(j.ID, recipes))
}

func (s *Stock) building(job string, recipes []string) job.Work {
	return func(ctx context.Context) ([]ferry.Step, error) {
		s.Events.Publish(ferry.Event{Kind: ferry.JobStarted, Job: job, Total: len(recipes)})
		g, ctx := errgroup.WithContext(ctx)
		for _, r := range recipes {
			g.Go(func() error { return s.buildOne(ctx, job, r) })
		}
		return nil, g.Wait()
	}
}

func (s *Stock) buildOne(ctx context.Context, job, recipe string) error {
	begin := s.Now()
	tell := func(e ferry.Event) {
		e.Job, e.Op, e.Do = job, "image "+recipe, ferry.EnsureImage
		s.Events.Publish(e)
	}
	tell(ferry.Event{Kind: ferry.OpStarted})
	err := s.Builder.Ensure(ctx, recipe, func(line string) { tell(ferry.Event{Kind: ferry.Output, Message: line}) })
	if err != nil {
		tell(ferry.Event{Kind: ferry.OpFailed, Message: err.Error(), Took: s.Now().Sub(begin)})
		return err
	}
	tell(ferry.Event{Kind: ferry.OpDone, Took: s.Now().Sub(begin)})
	return nil
}

// BuildConnector builds a user's own connector image.
func (s *Stock) BuildConnector(ctx context.Context, name string, tar io.Reader, progress func(line string) error) (string, error) {
	if _, err := s.Engine.Info(ctx); err != nil {
		return "", engine.Explain(err)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	ref, err := s.Builder.BuildConnector(ctx, name, tar, func(line string) {
		if err := progress(line); err != nil {
			cancel(err) // nobody listens any more
		}
	})
	return ref, engine.Explain(err)
}
