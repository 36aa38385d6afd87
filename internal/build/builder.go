package build

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
)

// parallelBuilds bounds the builds at work: package installation is bound by
// CPU and disk, more at once are no faster.
const parallelBuilds = 2

// Builder builds images from recipes. Its fields are set before its first use;
// it must not be copied. Any number of goroutines may use it.
type Builder struct {
	Engine  engine.Images
	Recipes *Recipes
	Home    string // folder for what is kept for a moment; made when needed
	Host    HostSettings
	// Clients are the recipes of Ferry's clients, by every name a user's
	// Dockerfile may call them, without "ferry/".
	Clients map[string]string
	Version string // for the label ferry
	Log     *slog.Logger

	flights flights
	once    sync.Once
	slots   chan struct{}
	debian  debian
}

// Ensure builds a recipe's image, its parents first, where the engine has not
// got it: one call to the engine when it has. However many ask at once, it is
// built once, for as long as somebody waits. A failed build leaves no image;
// its error is a *ferry.Error with the failed step and the last lines.
func (b *Builder) Ensure(ctx context.Context, recipe string, progress func(line string)) error {
	r, ok := b.Recipes.byName[recipe]
	if !ok {
		return ferry.Errorf(ferry.NotFound, "there is no recipe %q", recipe).
			WithHint("the recipes are %s", strings.Join(b.Recipes.names(), ", "))
	}
	return b.flights.do(ctx, r.ref, progress, func(ctx context.Context, tell func(string)) error {
		_, ok, err := b.Engine.HasImage(ctx, r.ref)
		if err != nil || ok {
			return err
		}
		return b.build(ctx, r, tell)
	})
}

// List lists the images with a label, "key" or "key=value".
func (b *Builder) List(ctx context.Context, label string) ([]engine.Image, error) {
	return b.Engine.ListImages(ctx, label)
}

// Labels are those of an image; ok is false when the engine has not got it.
func (b *Builder) Labels(ctx context.Context, ref string) (labels map[string]string, ok bool, err error) {
	return b.Engine.HasImage(ctx, ref)
}

// Remove fails with engine.ErrConflict while a node is made of the image.
func (b *Builder) Remove(ctx context.Context, ref string) error {
	return b.Engine.RemoveImage(ctx, ref)
}

// build makes the parents, then the image itself.
func (b *Builder) build(ctx context.Context, r *recipe, tell func(string)) error {
	refs, err := b.parents(ctx, r.dockerfile, tell)
	if err != nil {
		return err
	}
	files, text, err := b.equip(r.dockerfile, r.builds(), refs)
	if err != nil {
		return fmt.Errorf("build %s: %w", r.name, err)
	}
	for _, f := range r.files {
		if f.path != "Dockerfile" {
			files = append(files, f)
		}
	}
	tar, err := pack(append(files, file{"Dockerfile", []byte(text)}))
	if err != nil {
		return fmt.Errorf("pack recipe %s: %w", r.name, err)
	}
	labels := b.labels()
	labels[ferry.LabelRecipe] = r.name
	return b.run(ctx, r.name, engine.Build{Ref: r.ref, Context: tar, Labels: labels}, tell)
}

// parents makes what a Dockerfile's stages are made of and returns the names they
// have on the engine.
func (b *Builder) parents(ctx context.Context, d dockerfile, tell func(string)) (map[string]string, error) {
	refs := map[string]string{}
	var mu sync.Mutex
	g, ctx := errgroup.WithContext(ctx)
	for _, image := range b.stock(d) {
		g.Go(func() error {
			ref, err := b.obtain(ctx, image, tell)
			mu.Lock()
			defer mu.Unlock()
			refs[image] = ref
			return err
		})
	}
	return refs, g.Wait()
}

// stock lists the images of a Dockerfile that are Ferry's to make.
func (b *Builder) stock(d dockerfile) []string {
	var all []string
	for _, s := range d.stages {
		if s.image == debianImage || s.ours() != "" {
			all = append(all, s.image)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func (b *Builder) obtain(ctx context.Context, image string, tell func(string)) (string, error) {
	if image == debianImage {
		return b.ensureDebian(ctx, tell)
	}
	name := strings.TrimPrefix(image, ours)
	ref, _ := b.Recipes.Ref(name)
	return ref, b.Ensure(ctx, name, tell)
}

// equip returns the text of the Dockerfile as it is built, and the host's files
// if there are stages that need them.
func (b *Builder) equip(d dockerfile, builder bool, refs map[string]string) ([]file, string, error) {
	needs := func(s stage) bool {
		from := b.Recipes.byName[strings.TrimPrefix(s.image, ours)]
		return builder || s.ours() != "" && from != nil && from.builds()
	}
	if !slices.ContainsFunc(d.stages, needs) {
		return nil, d.rewrite(refs, func(stage) []string { return nil }), nil
	}
	files, lines, err := b.Host.hostFiles()
	return files, d.rewrite(refs, func(s stage) []string {
		if needs(s) {
			return lines
		}
		return nil
	}), err
}

// run is one build of the engine, when its turn has come.
func (b *Builder) run(ctx context.Context, what string, e engine.Build, tell func(string)) error {
	var err error
	if e.Args, err = b.Host.args(); err != nil {
		return fmt.Errorf("build %s: %w", what, err)
	}
	free, err := b.slot(ctx)
	if err != nil {
		return fmt.Errorf("build %s: %w", what, err)
	}
	defer free()
	begin := time.Now()
	tell("building " + e.Ref)
	out := newTranscript()
	err = b.Engine.BuildImage(ctx, e, func(line string) { out.add(line); tell(line) })
	if err != nil {
		return explain(ctx, what, out, err)
	}
	b.log().Info("built image", "ref", e.Ref, "took", time.Since(begin).Round(time.Millisecond))
	return nil
}

// slot waits until another build may begin.
func (b *Builder) slot(ctx context.Context) (free func(), err error) {
	b.once.Do(func() { b.slots = make(chan struct{}, parallelBuilds) })
	select {
	case b.slots <- struct{}{}:
		return func() { <-b.slots }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (b *Builder) labels() map[string]string {
	labels := map[string]string{}
	if b.Version != "" {
		maps.Copy(labels, map[string]string{ferry.LabelFerry: b.Version})
	}
	return labels
}

func (b *Builder) log() *slog.Logger {
	if b.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return b.Log
}
