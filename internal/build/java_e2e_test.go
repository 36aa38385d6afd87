//go:build e2e

package build_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/ferry-project/ferry"
	recipes "github.com/ferry-project/ferry/images"
	"github.com/ferry-project/ferry/internal/build"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/engine/docker"
	"github.com/ferry-project/ferry/internal/engine/enginetest"
)

// shelf returns Ferry's recipes and those of testdata, to be changed at will.
func shelf(t *testing.T) fstest.MapFS {
	t.Helper()
	all := fstest.MapFS{}
	for _, f := range []fs.FS{recipes.FS, os.DirFS("testdata")} {
		err := fs.WalkDir(f, ".", func(p string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			data, err := fs.ReadFile(f, p)
			all[p] = &fstest.MapFile{Data: data}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func realBuilder(t *testing.T, f fs.FS) (*build.Builder, *docker.Engine) {
	t.Helper()
	e, err := docker.New(docker.Options{At: enginetest.Endpoint(t), Home: "e2e-images"})
	if err != nil {
		t.Fatal(err)
	}
	loaded, err := build.Load(f)
	if err != nil {
		t.Fatal(err)
	}
	return &build.Builder{Engine: e, Recipes: loaded, Home: t.TempDir(), Host: build.Host("/root", nil)}, e
}

func discard(t *testing.T, e *docker.Engine, ref string) {
	t.Helper()
	t.Cleanup(func() {
		if err := e.RemoveImage(context.Background(), ref); err != nil {
			t.Error(err)
		}
	})
}

func TestJavaRecipeRuns(t *testing.T) {
	b, e := realBuilder(t, shelf(t))
	ref, ok := b.Recipes.Ref("javatest")
	if !ok {
		t.Fatal("there is no recipe javatest")
	}
	discard(t, e, ref)
	if err := b.Ensure(t.Context(), "javatest", func(line string) { t.Log(line) }); err != nil {
		t.Fatal(err)
	}
	node := startNode(t, e, engine.Spec{Image: ref})
	var out bytes.Buffer
	code, err := e.Exec(t.Context(), node, engine.Exec{
		Command: []string{"java", "-cp", "/opt/javatest/classes:/opt/javatest/jars/*", "Hello"}, User: "ferry", Stdout: &out, Stderr: &out,
	})
	if err != nil || code != 0 || out.String() != "Hello from java 17\n" {
		t.Errorf("exit %d, %v, %q", code, err, out.String())
	}
	code, err = e.Exec(t.Context(), node, engine.Exec{Command: []string{"bash", "-c", "command -v mvn || ls /usr/local/share/ca-certificates/*.crt"}})
	if err != nil || code == 0 {
		t.Errorf("something of the builder stage is in the image: exit %d, %v", code, err)
	}
}

// A jar that is not the locked one stops the build, and the error shows it.
func TestLockStopsABuild(t *testing.T) {
	f := shelf(t)
	f["javatest/jars.lock"].Data = []byte(strings.Repeat("0", 64) + "  other.jar\n")
	b, e := realBuilder(t, f)
	err := b.Ensure(t.Context(), "javatest", func(string) {})
	var fe *ferry.Error
	if !errors.As(err, &fe) || !strings.Contains(fe.Output, strings.Repeat("0", 64)+"  other.jar") {
		t.Fatalf("the error does not show what was locked: %+v", err)
	}
	ref, _ := b.Recipes.Ref("javatest")
	if _, ok, err := e.HasImage(t.Context(), ref); ok || err != nil {
		t.Errorf("after a failed build the image is there: %v, %v", ok, err)
	}
}

func TestLock(t *testing.T) {
	b, e := realBuilder(t, shelf(t))
	if err := b.Ensure(t.Context(), "maven", func(line string) { t.Log(line) }); err != nil {
		t.Fatal(err)
	}
	ref, _ := b.Recipes.Ref("maven")
	node := startNode(t, e, engine.Spec{Image: ref},
		ferry.File{Path: "/jars/a.jar", Content: "a"}, ferry.File{Path: "/jars/sub/b.jar", Content: "b"})
	sum := func(text string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(text))) }
	a, other := sum("a")+"  a.jar\n", sum("b")+"  sub/b.jar\n"
	for _, c := range []struct {
		name, lock, show string
		code             int
	}{
		{"the same", a + other, "", 0},
		{"the same in another order, with a comment", "# jars\n\n" + other + a, "", 0},
		{"another content", sum("c") + "  a.jar\n" + other, "- " + sum("c") + "  a.jar\n+ " + a, 1},
		{"one missing", a + other + sum("c") + "  c.jar\n", "- " + sum("c") + "  c.jar\n", 1},
		{"one new", a, "+ " + other, 1},
		{"empty", "", "+ " + a + "+ " + other, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			var said bytes.Buffer
			code, err := e.Exec(t.Context(), node, engine.Exec{
				Command: []string{"bash", "-c", "cat >/tmp/lock && ferry-lock /jars /tmp/lock"},
				Stdin:   strings.NewReader(c.lock), Stdout: &said, Stderr: &said,
			})
			if err != nil || code != c.code || sorted(said.String()) != sorted(c.show) {
				t.Errorf("exit %d, %v, %q", code, err, said.String())
			}
		})
	}
}

// sorted returns the lines of a difference, without what is around them.
func sorted(text string) string {
	var lines []string
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "- ") || strings.HasPrefix(line, "+ ") {
			lines = append(lines, line)
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}
