package enginetest

import (
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
)

func (s *suite) images(t *testing.T) {
	ref, ctx := s.stack+":import", t.Context()
	t.Cleanup(func() { drop(t, s.RemoveImage, ref) })
	labels := s.labels()
	labels["ferry.recipe"] = `a "quoted" $HOME \ value=with:all`
	for range 2 { // importing again replaces
		must(t, s.ImportImage(ctx, ref, labels, archive(t)))
	}
	got, ok, err := s.HasImage(ctx, ref)
	if err != nil || !ok || !maps.Equal(got, labels) {
		t.Fatalf("has image: %v %v %v, want labels %v", got, ok, err, labels)
	}
	for filter, there := range map[string]bool{
		"ferry.stack=" + s.stack: true, ferry.LabelRecipe: true, "ferry.stack=sa-none": false, "no.such": false, "": true,
	} {
		all, err := s.ListImages(ctx, filter)
		must(t, err)
		found := slices.ContainsFunc(all, func(i engine.Image) bool {
			return slices.Contains(i.Refs, ref) && i.ID != "" && !i.Created.IsZero()
		})
		if found != there {
			t.Errorf("list images %q: found %v, want %v", filter, found, there)
		}
	}
	must(t, s.RemoveImage(ctx, ref))
	must(t, s.RemoveImage(ctx, ref))
	if _, ok, err := s.HasImage(ctx, ref); ok || err != nil {
		t.Errorf("a removed image: %v, %v", ok, err)
	}
	s.node(t, nil)
	want(t, "remove an image in use", s.RemoveImage(ctx, s.image), engine.ErrConflict)
}

func (s *suite) builds(t *testing.T) {
	ref := s.stack + ":build"
	t.Cleanup(func() { drop(t, s.RemoveImage, ref) })
	var lines []string
	say := func(line string) { lines = append(lines, line) }
	must(t, s.build(t, ref, "FROM "+s.stack+":base\nENV A=b\n", say))
	if !slices.ContainsFunc(lines, func(l string) bool { return strings.Contains(l, "ENV A=b") && !strings.Contains(l, "\n") }) {
		t.Errorf("progress %q tells nothing of its step", lines)
	}
	labels, ok, err := s.HasImage(t.Context(), ref)
	if !ok || err != nil || labels[ferry.LabelRecipe] != s.stack {
		t.Errorf("built image: %v %v %v", labels, ok, err)
	}
	bad := s.stack + ":bad"
	err = s.build(t, bad, "FROM "+s.stack+":base\nRUN [\"/tool\",\"err\",\"it went wrong\"]\n", say)
	if err == nil || !strings.Contains(err.Error(), "it went wrong") {
		t.Errorf("failed build: %v, want the step's output", err)
	}
	if _, ok, _ := s.HasImage(t.Context(), bad); ok {
		t.Error("a failed build has left its image")
	}
}

// brokenTar: what goes wrong on the caller's side is not the engine's fault.
func (s *suite) brokenTar(t *testing.T) {
	broken := errors.New("the disk has a scratch")
	tar := func() io.Reader { return io.MultiReader(strings.NewReader(""), failing{broken}) }
	n := s.node(t, nil)
	for doing, err := range map[string]error{
		"import": s.ImportImage(t.Context(), s.stack+":broken", nil, tar()),
		"copy":   s.CopyTo(t.Context(), n, "/", tar()),
		"build":  s.BuildImage(t.Context(), engine.Build{Ref: s.stack + ":broken", Context: tar()}, func(string) {}),
	} {
		want(t, doing, err, broken)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func (s *suite) commit(t *testing.T) {
	if lacks(t, s.has.Commit, func() error { return s.CommitNode(t.Context(), "any", "any", nil) }) {
		return
	}
	v := s.volume(t)
	n := s.running(t, func(sp *engine.Spec) { sp.Mounts = []engine.Mount{{Volume: v, Path: "/data"}} })
	s.tool(t, n, "write", "/tmp/kept", "in the image")
	s.tool(t, n, "write", "/data/not", "in the volume")
	ref := s.stack + ":commit"
	t.Cleanup(func() { drop(t, s.RemoveImage, ref) })
	labels := s.labels()
	labels[ferry.LabelClient] = "hadoop"
	must(t, s.CommitNode(t.Context(), n, ref, labels))
	got, ok, err := s.HasImage(t.Context(), ref)
	if !ok || err != nil || got[ferry.LabelClient] != "hadoop" {
		t.Fatalf("committed image: %v %v %v", got, ok, err)
	}
	again := s.running(t, func(sp *engine.Spec) { sp.Image = ref })
	if out := s.tool(t, again, "read", "/tmp/kept"); out != "in the image" {
		t.Errorf("file of a committed image: %q", out)
	}
	if code, err := s.Exec(t.Context(), again, engine.Exec{Command: command("read", "/data/not")}); code == 0 || err != nil {
		t.Errorf("a volume's file came into the image (%v)", err)
	}
	want(t, "commit what is not there", s.CommitNode(t.Context(), s.stack+"-none", ref, nil), engine.ErrNotFound)
}
