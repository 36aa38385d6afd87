package stack

import (
	"testing"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
)

// An engine that is down is not reported as an image that is not there.
func TestOwnImageWhileTheEngineIsDown(t *testing.T) {
	w := newWorld(t)
	s := w.boot()
	source := api.Source{Target: "a.yaml", Text: []byte("backend: {storage: {personality: gluster, instances: 1}}\nconnectors: [{personality: \"mine:1\"}]\n")}
	w.engine.AddImage("mine:1", map[string]string{ferry.LabelClient: "mpi-client"})
	if _, err := s.Plan(ctx, source); err != nil {
		t.Fatal(err)
	}
	w.engine.SetDown(true)
	_, err := s.Plan(ctx, source)
	demand(t, err, ferry.Unavailable, "engine")
}
