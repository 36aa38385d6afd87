package docker

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/client"

	"github.com/ferry-project/ferry/internal/engine"
)

// HasImage is one round trip.
func (e *Engine) HasImage(ctx context.Context, ref string) (labels map[string]string, ok bool, err error) {
	err = e.call(ctx, "look for image "+ref, func(ctx context.Context, cli *client.Client) error {
		r, err := cli.ImageInspect(ctx, ref)
		if errdefs.IsNotFound(err) {
			return nil
		}
		if err == nil && r.Config != nil {
			labels = r.Config.Labels
		}
		ok = err == nil
		return err
	})
	return labels, ok, err
}

// ListImages lists the images with a label, "key" or "key=value"; "" is all.
func (e *Engine) ListImages(ctx context.Context, label string) (all []engine.Image, err error) {
	filters := make(client.Filters)
	if label != "" {
		filters.Add("label", label)
	}
	err = e.call(ctx, "list images", func(ctx context.Context, cli *client.Client) error {
		r, err := cli.ImageList(ctx, client.ImageListOptions{Filters: filters})
		for _, i := range r.Items {
			refs := plainRefs(i.RepoTags)
			all = append(all, engine.Image{ID: i.ID, Refs: refs, Labels: i.Labels, Size: i.Size, Created: time.Unix(i.Created, 0)})
		}
		return err
	})
	return all, err
}

// plainRefs are an image's names, without the one that stands for none.
func plainRefs(tags []string) (refs []string) {
	for _, t := range tags {
		if t != "<none>:<none>" {
			refs = append(refs, plainRef(t))
		}
	}
	return refs
}

// plainRef is a name of Ferry's as Docker writes it: Podman puts a registry before it, or
// localhost where it was built.
func plainRef(ref string) string {
	for _, before := range []string{"docker.io/", "localhost/"} {
		if rest, cut := strings.CutPrefix(ref, before); cut && strings.HasPrefix(rest, "ferry") {
			return rest
		}
	}
	return ref
}

// BuildImage uses the classic builder, which every engine has without further
// parts. Cancelling ctx ends the build.
func (e *Engine) BuildImage(ctx context.Context, b engine.Build, progress func(line string)) error {
	args := map[string]*string{}
	for k, v := range b.Args {
		args[k] = &v
	}
	return e.stream(ctx, "build image "+b.Ref, func(cli *client.Client) error {
		defer dropOld(ctx, cli, b.Ref)()
		r, err := cli.ImageBuild(ctx, source{b.Context}, client.ImageBuildOptions{
			Tags: []string{b.Ref}, Labels: b.Labels, BuildArgs: args, Remove: true, ForceRemove: true,
		})
		if errdefs.IsNotImplemented(err) || err != nil && strings.Contains(err.Error(), "legacy builder") {
			return fmt.Errorf("this Docker refuses the classic builder, which Ferry builds its images with: %w", err)
		}
		if err != nil {
			return err
		}
		return follow(ctx, r.Body, progress)
	})
}

// ImportImage reads tar to its end.
func (e *Engine) ImportImage(ctx context.Context, ref string, labels map[string]string, tar io.Reader) error {
	changes, err := labelChanges(labels)
	if err != nil {
		return fmt.Errorf("import image %s: %w", ref, err)
	}
	return e.stream(ctx, "import image "+ref, func(cli *client.Client) error {
		defer dropOld(ctx, cli, ref)()
		from := client.ImageImportSource{Source: source{tar}, SourceName: "-"}
		r, err := cli.ImageImport(ctx, from, ref, client.ImageImportOptions{Changes: changes})
		if err != nil {
			return err
		}
		return follow(ctx, r, nil)
	})
}

// PullImage ends with ctx, however long a registry keeps silent. The name ref
// stays only if it was there before.
func (e *Engine) PullImage(ctx context.Context, ref, as string) error {
	_, had, err := e.HasImage(ctx, ref)
	if err != nil {
		return fmt.Errorf("pull image %s: %w", ref, err)
	}
	return e.stream(ctx, "pull image "+ref, func(cli *client.Client) error {
		r, err := cli.ImagePull(ctx, ref, client.ImagePullOptions{})
		if err != nil {
			return err
		}
		if err := follow(ctx, r, nil); err != nil || as == ref {
			return err
		}
		if _, err = cli.ImageTag(ctx, client.ImageTagOptions{Source: ref, Target: as}); err != nil || had {
			return err
		}
		_, err = cli.ImageRemove(ctx, ref, client.ImageRemoveOptions{})
		return err
	})
}

// RemoveImage fails with ErrConflict while a node is made of it.
func (e *Engine) RemoveImage(ctx context.Context, ref string) error {
	return e.within(ctx, workTime, "remove image "+ref, func(ctx context.Context, cli *client.Client) error {
		_, err := cli.ImageRemove(ctx, ref, client.ImageRemoveOptions{PruneChildren: true})
		return unlessGone(err)
	})
}

// CommitNode pauses a running node while its file system is read.
func (e *Engine) CommitNode(ctx context.Context, node, ref string, labels map[string]string) error {
	doing := fmt.Sprintf("save %s as image %s", node, ref)
	changes, err := labelChanges(labels)
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return e.stream(ctx, doing, func(cli *client.Client) error {
		_, err := cli.ContainerCommit(ctx, node, client.ContainerCommitOptions{Reference: ref, Changes: changes})
		return err
	})
}

// dropOld returns a function that removes the image ref means now, if it has lost
// its only name by then: Docker would keep it, nameless. In use, it stays.
func dropOld(ctx context.Context, cli *client.Client, ref string) func() {
	old, err := cli.ImageInspect(ctx, ref)
	if err != nil {
		return func() {}
	}
	return func() {
		if now, err := cli.ImageInspect(ctx, old.ID); err == nil && len(now.RepoTags) == 0 {
			_, _ = cli.ImageRemove(ctx, old.ID, client.ImageRemoveOptions{})
		}
	}
}

var labelQuote = strings.NewReplacer(`\`, `\\`, `"`, `\"`, `$`, `\$`)

// labelChanges puts labels into the words of a Dockerfile, the only form that
// an import takes.
func labelChanges(labels map[string]string) ([]string, error) {
	var changes []string
	for _, k := range slices.Sorted(maps.Keys(labels)) {
		if strings.ContainsAny(k+labels[k], "\r\n") {
			return nil, fmt.Errorf("label %q has more than one line", k)
		}
		changes = append(changes, fmt.Sprintf(`LABEL "%s"="%s"`, labelQuote.Replace(k), labelQuote.Replace(labels[k])))
	}
	return changes, nil
}

func unlessGone(err error) error {
	if errdefs.IsNotFound(err) {
		return nil
	}
	return err
}
