package fake

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"strings"
	"time"

	"github.com/ferry-project/ferry/internal/engine"
)

type image struct {
	id      string
	labels  map[string]string
	created time.Time
	files   tree // of imported and committed ones; a build leaves none
}

// AddImage puts an image there, as a test's premise.
func (e *Engine) AddImage(ref string, labels map[string]string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.setImage(ref, labels, tree{})
}

// HasImage reports whether ref is there.
func (e *Engine) HasImage(ctx context.Context, ref string) (labels map[string]string, ok bool, err error) {
	err = e.do(ctx, Call{Name: "has-image", Target: ref}, func() error {
		img, there := e.images[full(ref)]
		if ok = there; ok {
			labels = maps.Clone(img.labels)
		}
		return nil
	})
	return labels, ok, err
}

// ListImages lists by reference; one image may come once per name.
func (e *Engine) ListImages(ctx context.Context, label string) (all []engine.Image, err error) {
	err = e.do(ctx, Call{Name: "list-images", Target: label}, func() error {
		for _, ref := range sorted(e.images) {
			img := e.images[ref]
			if labelled(img.labels, label) {
				all = append(all, engine.Image{ID: img.id, Refs: []string{ref}, Labels: maps.Clone(img.labels), Size: 1 << 20, Created: img.created})
			}
		}
		return nil
	})
	return all, err
}

// BuildImage reads the whole context, tells the Dockerfile's lines as steps and
// runs none of them; Fail("build-step", line) makes one fail.
func (e *Engine) BuildImage(ctx context.Context, b engine.Build, progress func(line string)) error {
	dockerfile, err := readDockerfile(b.Context)
	if err != nil {
		return fmt.Errorf("build-image %s: %w", b.Ref, err)
	}
	call := Call{Name: "build-image", Target: b.Ref}
	if err := e.enter(ctx, call); err != nil {
		return call.wrap(err)
	}
	if err := e.steps(dockerfile, progress); err != nil {
		return call.wrap(err)
	}
	return e.finish(call, func() error {
		e.setImage(b.Ref, b.Labels, tree{})
		return nil
	})
}

func (e *Engine) steps(dockerfile []string, progress func(line string)) error {
	var out []string
	for i, step := range dockerfile {
		line := fmt.Sprintf("Step %d/%d : %s", i+1, len(dockerfile), step)
		out = append(out, line)
		progress(line)
		if e.Fail == nil {
			continue
		}
		if err := e.Fail("build-step", step); err != nil {
			return fmt.Errorf("%w\n%s", err, strings.Join(out, "\n"))
		}
	}
	return nil
}

// ImportImage keeps the tar's files; nodes of the image have them.
func (e *Engine) ImportImage(ctx context.Context, ref string, labels map[string]string, r io.Reader) error {
	files, err := readTree(r, "/")
	if err != nil {
		return fmt.Errorf("import-image %s: %w", ref, err)
	}
	return e.do(ctx, Call{Name: "import-image", Target: ref}, func() error {
		e.setImage(ref, labels, files)
		return nil
	})
}

// PullImage always finds ref; Fail makes a registry that does not.
func (e *Engine) PullImage(ctx context.Context, ref, as string) error {
	return e.do(ctx, Call{Name: "pull-image", Target: ref}, func() error {
		e.setImage(as, nil, tree{})
		return nil
	})
}

// RemoveImage fails with ErrConflict while a node is made of it.
func (e *Engine) RemoveImage(ctx context.Context, ref string) error {
	return e.do(ctx, Call{Name: "remove-image", Target: ref}, func() error {
		for _, n := range e.nodes {
			if full(n.spec.Image) == full(ref) {
				return fmt.Errorf("%w: node %s is made of it", engine.ErrConflict, n.spec.Name)
			}
		}
		delete(e.images, full(ref))
		return nil
	})
}

// CommitNode makes an image of the node's files, its volumes' excepted.
func (e *Engine) CommitNode(ctx context.Context, name, ref string, labels map[string]string) error {
	return e.do(ctx, Call{Name: "commit-node", Target: name}, func() error {
		if err := without(e.Facts.Features.Commit, "make images of nodes"); err != nil {
			return err
		}
		n, err := e.node(name)
		if err != nil {
			return err
		}
		e.setImage(ref, labels, maps.Clone(n.files))
		return nil
	})
}

func (e *Engine) setImage(ref string, labels map[string]string, files tree) {
	e.serial++
	e.images[full(ref)] = &image{
		id: fmt.Sprintf("sha256:%064x", e.serial), labels: maps.Clone(labels), created: time.Now(), files: files,
	}
}

// full adds the tag that a reference without one means.
func full(ref string) string {
	if strings.Contains(ref[strings.LastIndex(ref, "/")+1:], ":") || strings.Contains(ref, "@") {
		return ref
	}
	return ref + ":latest"
}

func readDockerfile(r io.Reader) ([]string, error) {
	files, err := readTree(r, "/")
	if err != nil {
		return nil, err
	}
	f, ok := files["/Dockerfile"]
	if !ok || f.hdr.Typeflag != tar.TypeReg {
		return nil, fmt.Errorf("the context has no Dockerfile")
	}
	var steps []string
	for line := range bytes.Lines(f.data) {
		if s := strings.TrimSpace(string(line)); s != "" && !strings.HasPrefix(s, "#") {
			steps = append(steps, s)
		}
	}
	return steps, nil
}
