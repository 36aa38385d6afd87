package stack

import (
	"fmt"
	"slices"
	"testing"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/engine"
)

// The engine calls an image that was named without a tag by the tag "latest".
func TestOwnImagesInUseStay(t *testing.T) {
	w := newWorld(t)
	w.engine.AddImage("me/solver:latest", map[string]string{ferry.LabelClient: "mpi-client", ferry.LabelRecipe: ""})
	s := w.boot()
	app := "backend:\n- storage: {personality: gluster}\nconnectors:\n- personality: me/solver:latest\n"
	id := s.done(s.Start(ctx, api.StartRequest{Source: api.Source{Target: "a.yaml", Text: []byte(app)}})).Stack
	for _, name := range []string{"me/solver", "me/solver:latest"} {
		_, err := s.RemoveImages(ctx, []string{name})
		demand(t, err, ferry.Conflict, id)
	}
	s.done(s.Remove(ctx, id, true))
	w.engine.Fail = func(call, _ string) error {
		if call == "remove-image" {
			return fmt.Errorf("%w: a container is made from it", engine.ErrConflict)
		}
		return nil
	}
	_, err := s.RemoveImages(ctx, []string{"me/solver"})
	demand(t, err, ferry.Conflict, "in use")
	w.engine.Fail = nil
	if removed, err := s.RemoveImages(ctx, []string{"me/solver"}); err != nil || !slices.Equal(removed, []string{"me/solver:latest"}) {
		t.Errorf("removed %v, %v", removed, err)
	}
}

// What a builder has fetched took minutes: it goes when it is old or when it is named.
func TestBuildersStayWhileCurrent(t *testing.T) {
	w := newWorld(t)
	for _, ref := range []string{"ferry/maven:now", "ferry/maven:before"} {
		w.engine.AddImage(ref, map[string]string{ferry.LabelRecipe: "maven"})
	}
	s := w.boot()
	for _, step := range []struct {
		names []string
		want  string
	}{{nil, "ferry/maven:before"}, {[]string{"maven"}, "ferry/maven:now"}} {
		removed, err := s.RemoveImages(ctx, step.names)
		if err != nil || !slices.Equal(removed, []string{step.want}) {
			t.Errorf("named %v it removed %v, %v", step.names, removed, err)
		}
	}
}
