package build

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ferry-project/ferry"
)

var errOffline = errors.New("no such host")

// withTool puts a mmdebstrap of the test's own before all others; it leaves its
// arguments and its input in the folder that is given.
func withTool(t *testing.T, script string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	text := fmt.Sprintf("#!/bin/bash\nprintf '%%s\\n' \"$@\" >%[1]s/args; env >%[1]s/env; cat >%[1]s/in\n%[2]s\n", dir, script)
	if err := os.WriteFile(filepath.Join(dir, "mmdebstrap"), []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":/usr/bin:/bin")
	return dir
}

// offline is a world whose engine has no Debian and no registry.
func offline(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, tree())
	if err := w.engine.RemoveImage(t.Context(), debianRef); err != nil {
		t.Fatal(err)
	}
	w.fails["pull-image "+debianImage] = errOffline
	return w
}

func read(t *testing.T, parts ...string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(parts...))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

const someTar = "echo 'I: making it' >&2; cd /usr/share && exec tar c base-files"

func TestDebianFromTheRegistry(t *testing.T) {
	w := offline(t)
	delete(w.fails, "pull-image "+debianImage)
	if err := w.Ensure(t.Context(), "base", none); err != nil {
		t.Fatal(err)
	}
	if _, ok, _ := w.engine.HasImage(t.Context(), debianRef); !ok || w.engine.Count("import-image") != 0 {
		t.Errorf("the calls were %v", w.engine.Calls())
	}
}

func TestDebianOfTheEngine(t *testing.T) {
	w := offline(t)
	w.engine.AddImage(debianImage, nil)
	if err := w.Ensure(t.Context(), "base", none); err != nil {
		t.Fatal(err)
	}
	if got := w.engine.builds[w.ref(t, "base")].files["Dockerfile"]; !strings.HasPrefix(got, "FROM debian:bookworm-slim\n") {
		t.Errorf("built from %q", got)
	}
}

func TestDebianIsMade(t *testing.T) {
	for name, c := range map[string]struct {
		host map[string]string
		args []string
		in   string
	}{
		"from Debian's servers": {nil, []string{suite, "-"}, ""},
		"from a mirror":         {map[string]string{"os-release": bookworm, "debian.sources": mirror}, []string{suite, "-", "-"}, mirror},
	} {
		t.Run(name, func(t *testing.T) {
			dir := withTool(t, someTar)
			w := offline(t)
			w.Host = hostWith(t, c.host)
			w.Host.Proxies = map[string]string{"http_proxy": "http://p:1"}
			var said []string
			if err := w.Ensure(t.Context(), "base", func(line string) { said = append(said, line) }); err != nil {
				t.Fatal(err)
			}
			want := strings.Join(append(slices.Clone(slim), c.args...), "\n") + "\n"
			if got := read(t, dir, "args"); got != want {
				t.Errorf("arguments\n%s\nwant\n%s", got, want)
			}
			if got := read(t, dir, "in"); got != c.in {
				t.Errorf("sources %q", got)
			}
			if !strings.Contains(read(t, dir, "env"), "http_proxy=http://p:1") || !slices.Contains(said, "I: making it") {
				t.Errorf("no proxy, or not told: %q", said)
			}
			h, err := tar.NewReader(strings.NewReader(string(w.engine.imported))).Next()
			if err != nil || h.Name != "base-files/" {
				t.Errorf("imported %v, %v", h, err)
			}
		})
	}
}

// The hook is a shell script: it has to work in a real one.
func TestTidy(t *testing.T) {
	root := t.TempDir()
	for name, text := range map[string]string{
		"etc/apt/sources.list": "deb mirror", "etc/apt/sources.list.d/0000host.sources": mirror, "etc/hostname": "builder", "etc/resolv.conf": "nameserver x",
	} {
		name = filepath.Join(root, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o700), os.WriteFile(name, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	runShell(t, tidy, root)
	left, err := filepath.Glob(root + "/etc/apt/sources.list*/*")
	if err != nil || len(left) != 1 || read(t, left[0]) != plainSources {
		t.Errorf("left %v, %v", left, err)
	}
	if read(t, root, "etc/hostname")+read(t, root, "etc/resolv.conf") != "" {
		t.Error("the machine's name or servers are left")
	}
}

func TestRegistryIsAskedOnce(t *testing.T) {
	withTool(t, "echo 'E: no mirror' >&2; exit 25")
	w := offline(t)
	for range 2 {
		e := wants(t, w.Ensure(t.Context(), "base", none), ferry.Failed)
		if e.Message != "building debian:bookworm-slim failed" || !strings.Contains(e.Output, "E: no mirror") || !strings.Contains(e.Output, "exit status 25") {
			t.Errorf("said %q with %q", e.Message, e.Output)
		}
	}
	if n := w.engine.Count("pull-image"); n != 1 {
		t.Errorf("the registry was asked %d times", n)
	}
}

func TestNoTool(t *testing.T) {
	w := offline(t)
	t.Setenv("PATH", t.TempDir())
	e := wants(t, w.Ensure(t.Context(), "base", none), ferry.Failed)
	if !strings.Contains(e.Hint, "ferry doctor --fix") || !errors.Is(e, errOffline) {
		t.Errorf("got %q, hint %q", e.Message, e.Hint)
	}
	if n := w.engine.Count("pull-image"); n != 2 { // a slow registry is better than none
		t.Errorf("the registry was asked %d times", n)
	}
}

func TestImportFails(t *testing.T) {
	withTool(t, "exec cat /dev/zero") // it would never end on its own
	w := offline(t)
	w.engine.refuse = errors.New("write /layer: no space left on device")
	e := wants(t, w.Ensure(t.Context(), "base", none), ferry.Failed)
	if !strings.HasSuffix(e.Message, "disk is full") {
		t.Errorf("said %q with %q", e.Message, e.Output)
	}
}

func TestMakingIsCancelled(t *testing.T) {
	dir := withTool(t, `trap 'echo cleaned >$(dirname "$0")/cleaned; exit 1' TERM; echo "I: at work" >&2; while :; do sleep 0.05; done`)
	w := offline(t)
	ctx, cancel := context.WithCancel(t.Context())
	err := w.Ensure(ctx, "base", func(line string) {
		if line == "I: at work" {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if got := read(t, dir, "cleaned"); got != "cleaned\n" {
		t.Errorf("mmdebstrap could not clean up: %q", got)
	}
}
