package stack

import (
	"testing"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
)

// A stack of an older Ferry, whose image is gone and whose recipe is another by now,
// comes up on this Ferry's.
func TestResumeAfterAnUpgrade(t *testing.T) {
	w := newWorld(t)
	s := w.boot()
	id := s.done(s.Start(ctx, api.StartRequest{Source: api.Source{Target: "gluster:2", NoClient: true}})).Stack
	s.done(s.Stop(ctx, id))
	d, _ := s.Inspect(ctx, id)
	for _, n := range d.Plan.Nodes {
		if err := w.engine.RemoveNode(ctx, n.Container); err != nil {
			t.Fatal(err)
		}
	}
	s.close()
	forget(t, w, "gluster")
	s = w.boot()
	s.done(s.Start(ctx, request(id)))
	d, err := s.Inspect(ctx, id)
	if err != nil || d.Status != ferry.Running {
		t.Fatalf("it is %s, %v", d.Status, err)
	}
	for _, n := range d.Plan.Nodes {
		if spec, _ := w.engine.Spec(n.Container); n.Ref != "ferry/gluster:2" || spec.Image != n.Ref {
			t.Errorf("%s is planned on %s and made of %s", n.Name, n.Ref, spec.Image)
		}
	}
}

// forget has another Ferry installed, of which that recipe is another one, and the image
// of the one before removed.
func forget(t *testing.T, w *world, recipe string) {
	t.Helper()
	old := refs[recipe]
	refs[recipe] = "ferry/" + recipe + ":2"
	t.Cleanup(func() { refs[recipe] = old })
	if err := w.engine.RemoveImage(ctx, old); err != nil {
		t.Fatal(err)
	}
}
