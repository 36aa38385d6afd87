//go:build e2e

package build

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/ferry-project/ferry"
	recipes "github.com/ferry-project/ferry/images"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/engine/docker"
	"github.com/ferry-project/ferry/internal/engine/enginetest"
)

func dockerEngine(t *testing.T) *docker.Engine {
	t.Helper()
	e, err := docker.New(docker.Options{At: enginetest.Endpoint(t), Home: "e2e-images"})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func realHost(t *testing.T) HostSettings {
	t.Helper()
	home, err := os.UserHomeDir()
	if err != nil {
		t.Fatal(err)
	}
	return Host(home, nil)
}

// node runs a node of an image until the test ends.
func node(t *testing.T, e *docker.Engine, image string) string {
	t.Helper()
	name := "ferry-e2e-images-" + strings.ToLower(rand.Text()[:8])
	t.Cleanup(func() { _ = e.RemoveNode(context.Background(), name) })
	spec := engine.Spec{Name: name, Hostname: "n", Image: image, Labels: map[string]string{ferry.LabelStack: name}}
	if err := errors.Join(e.CreateNode(t.Context(), spec), e.StartNode(t.Context(), name)); err != nil {
		t.Fatal(err)
	}
	return name
}

func output(t *testing.T, e *docker.Engine, node string, command ...string) string {
	t.Helper()
	var out bytes.Buffer
	code, err := e.Exec(t.Context(), node, engine.Exec{Command: command, Stdout: &out, Stderr: &out})
	if err != nil || code != 0 {
		t.Fatalf("%q: code %d, %v: %s", command, code, err, out.String())
	}
	return out.String()
}

// Every recipe is built; the images stay, they are what the product uses too.
func TestAllRecipes(t *testing.T) {
	e := dockerEngine(t)
	loaded, err := Load(recipes.FS)
	if err != nil {
		t.Fatal(err)
	}
	b := &Builder{Engine: e, Recipes: loaded, Home: t.TempDir(), Host: realHost(t), Log: slog.New(slog.NewTextHandler(t.Output(), nil))}
	for _, name := range slices.Sorted(maps.Keys(loaded.Refs())) {
		begin := time.Now()
		if err := b.Ensure(t.Context(), name, none); err != nil {
			t.Fatalf("%v\n%s", err, outputOf(err))
		}
		took := time.Since(begin)
		begin = time.Now()
		if err := b.Ensure(t.Context(), name, none); err != nil || time.Since(begin) > 10*time.Second {
			t.Errorf("%s again took %s, %v", name, time.Since(begin), err)
		}
		t.Logf("%-14s %6.1f s, again %s", name, took.Seconds(), time.Since(begin).Round(time.Millisecond))
	}
	sizes(t, e, loaded)
	n := node(t, e, loaded.Refs()["base"])
	if got := output(t, e, n, "cat", "/etc/apt/sources.list.d/debian.sources"); got != plainSources {
		t.Errorf("the image's sources are\n%s", got)
	}
}

func sizes(t *testing.T, e *docker.Engine, rs *Recipes) {
	t.Helper()
	all, err := e.ListImages(t.Context(), ferry.LabelRecipe)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range all {
		if ref, ok := rs.Ref(i.Labels[ferry.LabelRecipe]); ok && slices.Contains(i.Refs, ref) {
			t.Logf("%-32s %5d MB", ref, i.Size/1_000_000)
		}
	}
}

func outputOf(err error) string {
	if e, ok := errors.AsType[*ferry.Error](err); ok {
		return e.Output
	}
	return ""
}

// mark is found in everything of the host that builders get.
const mark = "ferry-e2e-mark"

// javaWorld is a builder of Java recipes that no image is there of, on a host
// that is marked everywhere. All of it is removed.
func javaWorld(t *testing.T) (*Builder, *docker.Engine) {
	t.Helper()
	files := fstest.MapFS{"base/rootfs/.e2e": &fstest.MapFile{Data: []byte(rand.Text())}}
	take(t, files, recipes.FS, "base", "java", "maven")
	take(t, files, os.DirFS("testdata"), "javatest")
	loaded, err := Load(files)
	if err != nil {
		t.Fatal(err)
	}
	e := dockerEngine(t)
	b := &Builder{Engine: e, Recipes: loaded, Home: t.TempDir(), Host: markedHost(t), Version: "e2e-" + rand.Text()}
	t.Cleanup(func() { removeAll(t, e, ferry.LabelFerry+"="+b.Version) })
	return b, e
}

func take(t *testing.T, to fstest.MapFS, from fs.FS, names ...string) {
	t.Helper()
	for _, name := range names {
		err := fs.WalkDir(from, name, func(p string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			data, err := fs.ReadFile(from, p)
			to[p] = &fstest.MapFile{Data: data}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func markedHost(t *testing.T) HostSettings {
	h := hostWith(t, map[string]string{
		"settings.xml": "<settings><!-- " + mark + " --></settings>\n", "pip.conf": "# " + mark + "\n", "os-release": bookworm,
		"debian.sources": "# " + mark + "\n" + strings.ReplaceAll(plainSources, "deb.debian.org/", "deb.debian.org:80/"),
	})
	h.CADir = realHost(t).CADir
	h.Proxies = map[string]string{"no_proxy": mark}
	return h
}

// removeAll removes newest first: what is made of another is newer.
func removeAll(t *testing.T, e *docker.Engine, label string) {
	ctx := context.Background()
	all, err := e.ListImages(ctx, label)
	if err != nil {
		t.Error(err)
	}
	slices.SortStableFunc(all, func(a, b engine.Image) int { return b.Created.Compare(a.Created) })
	for _, i := range all {
		for _, ref := range append(i.Refs, i.ID) {
			_ = e.RemoveImage(ctx, ref) // by its id it is gone with its last name
		}
	}
	if left, err := e.ListImages(ctx, label); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// What is the host's is in the builder, or this would prove nothing, and
// nowhere in what is shipped.
func TestHostStaysOutside(t *testing.T) {
	b, e := javaWorld(t)
	begin := time.Now()
	if err := b.Ensure(t.Context(), "javatest", none); err != nil {
		t.Fatalf("%v\n%s", err, outputOf(err))
	}
	t.Logf("base, java, maven and javatest took %s", time.Since(begin).Round(time.Second))
	secrets := append(authorities(t, b.Host), mark)
	for recipe, inside := range map[string]bool{"maven": true, "javatest": false, "java": false} {
		ref, _ := b.Recipes.Ref(recipe)
		n := node(t, e, ref)
		if got := output(t, e, n, "env"); strings.Contains(got, mark) {
			t.Errorf("the environment of %s is of the host:\n%s", recipe, got)
		}
		for _, secret := range secrets {
			if names := filesWith(t, e, n, []byte(secret)); len(names) > 0 != inside {
				t.Errorf("%s: of the host, %q in %v", recipe, secret, names)
			}
		}
	}
}

// authorities returns a line out of each certificate of the host.
func authorities(t *testing.T, h HostSettings) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(h.CADir, "*.crt"))
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, name := range names {
		if text := strings.Split(read(t, name), "\n"); len(text) > 4 {
			lines = append(lines, strings.TrimSpace(text[4]))
		}
	}
	return lines
}

// filesWith returns the files of a node's image that hold a text.
func filesWith(t *testing.T, e *docker.Engine, node string, text []byte) (names []string) {
	t.Helper()
	for _, dir := range []string{"/etc", "/usr/local", "/root", "/opt", "/var", "/tmp", "/home", "/usr/share/ca-certificates", "/usr/lib/ferry"} {
		r, err := e.CopyFrom(t.Context(), node, dir)
		if err != nil {
			t.Fatal(err)
		}
		for in := tar.NewReader(r); ; {
			h, err := in.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if data, _ := io.ReadAll(in); bytes.Contains(data, text) {
				names = append(names, filepath.Join(dir, "..", h.Name))
			}
		}
		_ = r.Close()
	}
	return names
}
