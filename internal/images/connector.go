package images

import (
	"context"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
)

// userSpace is where a connector belongs whose name has no owner: applications
// know an image from a personality by its slash.
const userSpace = "ferry-user/"

// imageName is what engines take for a name: parts of small letters and digits
// with single separators, a registry before and a tag behind.
var imageName = regexp.MustCompile(
	`^(([a-zA-Z0-9-]+\.)+[a-zA-Z0-9-]+(:[0-9]+)?/|[a-zA-Z0-9-]+:[0-9]+/)?` + namePart + `(/` + namePart + `)*(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?$`)

const namePart = `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`

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

// connectorRef gives the name that a connector's image gets.
func connectorRef(line, name string) (string, error) {
	if line != "" {
		name = line
	}
	switch {
	case name == "":
		return "", ferry.Errorf(ferry.Invalid, "the connector has no name").WithHint("give it one in its Dockerfile: NAME you/my-client")
	case strings.HasPrefix(name, ours):
		return "", ferry.Errorf(ferry.Invalid, "%s cannot be the name of a connector: ferry/ is for Ferry's own images", name).
			WithHint("NAME you/%s", strings.TrimPrefix(name, ours))
	case !imageName.MatchString(name):
		return "", ferry.Errorf(ferry.Invalid, "%q cannot be the name of an image", name).
			WithHint("small letters and digits, with single . _ or - between them: NAME you/my-client")
	case !strings.Contains(name, "/"):
		name = userSpace + name
	}
	return strings.TrimSuffix(name, ":latest"), nil
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
