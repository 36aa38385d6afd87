package build

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/distribution/reference"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
)

// userSpace is where a connector belongs whose name has no owner: applications
// know an image from a personality by its slash.
const userSpace = "ferry-user/"

// BuildConnector builds the image of a user's folder: a tar with a Dockerfile,
// the last stage of which is FROM one of Ferry's clients, under any name a
// generation of Ferry had for it and with any tag. A line `NAME owner/image`
// names the image, otherwise it is name; without owner it is ferry-user's. The
// reference is what an application writes as a connector's personality.
//
// What is wrong with the folder is a *ferry.Error with ferry.Invalid; a build
// that fails is one with ferry.Failed and its last lines.
func (b *Builder) BuildConnector(ctx context.Context, name string, tar io.Reader, progress func(line string)) (ref string, err error) {
	folder, err := spool(b.Home, tar)
	if err != nil {
		return "", err
	}
	defer folder.close()
	d, err := parseDockerfile(folder.dockerfile)
	if err != nil {
		return "", ferry.Errorf(ferry.Invalid, "this is no Dockerfile of a connector: %w", err).WithHint("%s", b.fromHint())
	}
	if ref, err = connectorRef(d.name, name); err != nil {
		return "", err
	}
	if err := b.replaceable(ctx, ref); err != nil {
		return "", err
	}
	if err := b.checkStages(ctx, &d); err != nil {
		return "", err
	}
	refs, err := b.parents(ctx, d, progress)
	if err != nil {
		return "", err
	}
	files, text, err := b.equip(d, false, refs)
	if err != nil {
		return "", fmt.Errorf("build %s: %w", ref, err)
	}
	packed := folder.stream(append(files, file{"Dockerfile", []byte(text)}))
	defer func() { _ = packed.Close() }()
	build := engine.Build{Ref: tagged(ref), Context: packed, Labels: b.labels()}
	return ref, b.run(ctx, ref, build, progress)
}

// connectorRef returns the name that a connector's image gets. However it is
// written, with a registry or without, it must not be one that means an image
// which others rely on: Ferry's own, or an official one such as debian:bookworm.
func connectorRef(line, name string) (string, error) {
	if line != "" {
		name = line
	}
	if name == "" {
		return "", ferry.Errorf(ferry.Invalid, "the connector has no name").WithHint("give it one in its Dockerfile: NAME you/my-client")
	}
	full := name
	if !strings.Contains(name, "/") {
		full = userSpace + name
	}
	named, err := reference.ParseNormalizedNamed(full)
	if _, digest := named.(reference.Digested); err != nil || digest || strings.ToLower(reference.Domain(named)) != reference.Domain(named) {
		return "", ferry.Errorf(ferry.Invalid, "%q cannot be the name of an image", name).
			WithHint("small letters and digits, with single . _ or - between them: NAME you/my-client")
	}
	switch short := reference.FamiliarName(named); {
	case strings.HasPrefix(short, ours):
		return "", ferry.Errorf(ferry.Invalid, "%s cannot be the name of a connector: ferry/ is for Ferry's own images", name).
			WithHint("NAME you/%s", strings.TrimPrefix(short, ours))
	case !strings.Contains(short, "/"):
		return "", ferry.Errorf(ferry.Invalid, "%s cannot be the name of a connector: it means the official image %s", name, short).
			WithHint("NAME you/%s", short)
	}
	return strings.TrimSuffix(reference.FamiliarString(named), ":latest"), nil
}

// replaceable checks that an image of that name, if there is one, is a connector
// too: a Dockerfile from elsewhere must not take the place of a foreign image.
func (b *Builder) replaceable(ctx context.Context, ref string) error {
	labels, there, err := b.Engine.HasImage(ctx, tagged(ref))
	if err != nil {
		return fmt.Errorf("look at %s: %w", ref, err)
	}
	if there && labels[ferry.LabelClient] == "" {
		return ferry.Errorf(ferry.Invalid, "%s cannot be the name of a connector: there is an image %s that is none", ref, ref).
			WithHint("give the connector a name of its own in its Dockerfile: NAME you/my-client")
	}
	return nil
}

// tagged adds the tag that a reference without one means.
func tagged(ref string) string {
	if strings.Contains(ref[strings.LastIndex(ref, "/")+1:], ":") {
		return ref
	}
	return ref + ":latest"
}

// checkStages puts the recipes' names into the stages that are FROM an image of
// Ferry's, and checks that the last one is a client.
func (b *Builder) checkStages(ctx context.Context, d *dockerfile) error {
	said := d.final().image
	client := false
	for i := range d.stages {
		s := &d.stages[i]
		asked := bare(s.ours())
		recipe, isClient := b.Clients[asked]
		if !isClient {
			recipe = asked
		}
		if _, known := b.Recipes.byName[recipe]; asked != "" && !known {
			return ferry.Errorf(ferry.Invalid, "the Dockerfile is FROM %s, which Ferry does not have", s.image).WithHint("%s", b.fromHint())
		}
		if asked != "" {
			s.image = ours + recipe
		}
		client = isClient
	}
	if client {
		return nil
	}
	return b.checkForeign(ctx, said)
}

// checkForeign lets a user's own connector be what another is made of.
func (b *Builder) checkForeign(ctx context.Context, image string) error {
	if !strings.HasPrefix(image, ours) {
		labels, ok, err := b.Engine.HasImage(ctx, image)
		if err != nil {
			return fmt.Errorf("look at %s: %w", image, err)
		}
		if ok && labels[ferry.LabelClient] != "" {
			return nil
		}
	}
	return ferry.Errorf(ferry.Invalid, "the Dockerfile's last stage is FROM %s, which is not one of Ferry's clients", image).
		WithHint("%s", b.fromHint())
}

// bare is a name without tag and digest.
func bare(name string) string {
	name, _, _ = strings.Cut(name, "@")
	name, _, _ = strings.Cut(name, ":")
	return name
}

// fromHint lists the clients under the names they have now.
func (b *Builder) fromHint() string {
	var names []string
	for _, recipe := range slices.Compact(slices.Sorted(maps.Values(b.Clients))) {
		names = append(names, ours+recipe)
	}
	return "a connector is FROM one of " + strings.Join(names, ", ")
}
