package build

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io"
	"os/exec"
	"sync"
	"testing"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/engine/fake"
)

// recorder is the fake engine that also keeps what it was given to build.
type recorder struct {
	*fake.Engine
	mu       sync.Mutex
	builds   map[string]built // by reference
	order    []string
	imported []byte
	refuse   error // of an import, before it reads anything
	working  int   // builds at work, and the most there were
	most     int
	during   func(ctx context.Context, ref string) // while a build is at work
}

type built struct {
	args, labels map[string]string
	files        map[string]string
	modes        map[string]int64
}

func (r *recorder) BuildImage(ctx context.Context, b engine.Build, progress func(string)) error {
	data, err := io.ReadAll(b.Context)
	if err != nil {
		return err
	}
	r.begin(b, data)
	defer r.end()
	if r.during != nil {
		r.during(ctx, b.Ref)
	}
	b.Context = bytes.NewReader(data)
	return r.Engine.BuildImage(ctx, b, progress)
}

func (r *recorder) begin(b engine.Build, data []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.working++
	r.most = max(r.most, r.working)
	r.order = append(r.order, b.Ref)
	r.builds[b.Ref] = unpack(b, data)
}

func (r *recorder) end() { r.mu.Lock(); defer r.mu.Unlock(); r.working-- }

func (r *recorder) ImportImage(ctx context.Context, ref string, labels map[string]string, in io.Reader) error {
	if r.refuse != nil {
		return r.refuse
	}
	data, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	r.imported = data
	return r.Engine.ImportImage(ctx, ref, labels, bytes.NewReader(data))
}

func unpack(b engine.Build, data []byte) built {
	out := built{args: b.Args, labels: b.Labels, files: map[string]string{}, modes: map[string]int64{}}
	for r := tar.NewReader(bytes.NewReader(data)); ; {
		h, err := r.Next()
		if err != nil {
			return out
		}
		text, _ := io.ReadAll(r)
		out.files[h.Name], out.modes[h.Name] = string(text), h.Mode
	}
}

// world is a builder of the tree on an engine that has Debian.
type world struct {
	*Builder
	engine *recorder
	fails  map[string]error // "call target" → error
}

func newWorld(t *testing.T, files map[string]string) *world {
	t.Helper()
	w := &world{engine: &recorder{Engine: fake.New(), builds: map[string]built{}}, fails: map[string]error{}}
	w.engine.Fail = func(call, target string) error { return w.fails[call+" "+target] }
	w.engine.AddImage(debianRef, nil)
	w.Builder = &Builder{
		Engine: w.engine, Recipes: mustLoad(t, files), Home: t.TempDir(), Version: "1.2",
		Clients: map[string]string{"client": "client", "old-client": "client"},
	}
	return w
}

func (w *world) ref(t *testing.T, recipe string) string {
	t.Helper()
	ref, ok := w.Recipes.Ref(recipe)
	if !ok {
		t.Fatalf("no recipe %s", recipe)
	}
	return ref
}

// wants checks that err is a *ferry.Error of that code, and returns it.
func wants(t *testing.T, err error, code ferry.Code) *ferry.Error {
	t.Helper()
	var e *ferry.Error
	if !errors.As(err, &e) || e.Code != code {
		t.Fatalf("got %v, want a *ferry.Error %s", err, code)
	}
	return e
}

func runShell(t *testing.T, script, arg string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), "sh", "-c", script, "sh", arg).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}
