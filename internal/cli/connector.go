package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/cli/archive"
	"github.com/ferry-project/ferry/internal/cli/progress"
	"github.com/ferry-project/ferry/internal/ignore"
)

// buildConnector builds the folder of -b and puts the image into the
// application: in place of the connector that names it, else of the first one.
func (o *startOptions) buildConnector(ctx context.Context, env *Env, images api.Images, s *api.Source) error {
	folder, err := filepath.EvalSymlinks(env.path(o.build))
	if err != nil {
		return ferry.Errorf(ferry.Invalid, "there is no folder %s", o.build)
	}
	if _, err := os.Stat(filepath.Join(folder, "Dockerfile")); err != nil {
		return ferry.Errorf(ferry.Invalid, "%s has no Dockerfile", o.build).
			WithHint("-b takes a folder with a Dockerfile that is built on one of Ferry's clients; ferry images ls lists them")
	}
	ignored, err := o.ignored(folder)
	if err != nil {
		return err
	}
	name := imageName(filepath.Base(folder))
	view := progress.New(progress.Options{
		Mode: o.progress.value, Out: env.Err, Terminal: env.draws(), Color: !env.NoColor,
		Size: env.Terminal.Size, Job: ferry.Job{Kind: ferry.BuildJob, Start: env.Now()},
	})
	defer view.Close()
	tar := archive.Source{Path: folder, Name: ".", Skip: skipping(ignored)}.Stream()
	defer tar.Close()
	ref, err := images.BuildConnector(ctx, name, tar, func(line string) error {
		view.Event(ferry.Event{Kind: ferry.Output, Time: env.Now(), Message: line})
		return nil
	})
	if err != nil {
		return fmt.Errorf("build %s: %w", o.build, err)
	}
	env.sayLeft(tar.Left())
	if s.Set == nil {
		s.Set = map[string]string{}
	}
	s.Set[fmt.Sprintf("connectors[%d].personality", connectorNamed(s.Text, name))] = ref
	return nil
}

// ignored reads the folder's .dockerignore: what it names is not even read.
func (o *startOptions) ignored(folder string) (ignore.List, error) {
	text, err := os.ReadFile(filepath.Join(folder, ignore.File))
	if err != nil && !os.IsNotExist(err) {
		return ignore.List{}, ferry.Errorf(ferry.Invalid, "read %s: %w", filepath.Join(o.build, ignore.File), err)
	}
	return ignore.Parse(filepath.Join(o.build, ignore.File), string(text))
}

// skipping leaves out what a list names, but not what tells the server how to build.
func skipping(list ignore.List) func(string, bool) (bool, error) {
	return func(name string, folder bool) (bool, error) {
		if name == "Dockerfile" || name == ignore.File {
			return false, nil
		}
		return list.Skip(name, folder)
	}
}

// imageName is the folder's name in the letters an image may have.
func imageName(folder string) string {
	name := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '-', r == '.', r == '_':
			return r
		}
		return '-'
	}, strings.ToLower(folder))
	if name = strings.Trim(name, "-._"); name == "" {
		return "connector"
	}
	return name
}

// connectorNamed finds the connector whose personality is the image's name. A
// file that cannot be read is the server's to complain about.
func connectorNamed(text []byte, name string) int {
	var file struct {
		Connectors []struct {
			Personality string `yaml:"personality"`
		} `yaml:"connectors"`
	}
	_ = yaml.Load(text, &file)
	for i, c := range file.Connectors {
		if c.Personality == name || strings.HasSuffix(c.Personality, "/"+name) {
			return i
		}
	}
	return 0
}
