package stack

import (
	"testing"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
)

// A node that cannot be reached is told by its own name and its stack's id, neither of
// them cut out of what the engine calls it.
func TestExecInAStoppedNode(t *testing.T) {
	s := newWorld(t).boot()
	id := s.done(s.Start(ctx, request("gluster:1+mpi:1"))).Stack
	s.done(s.Stop(ctx, id))
	_, err := s.Exec(ctx, id, api.ExecRequest{Node: "mpi-client0", Command: []string{"true"}}, api.Streams{})
	demand(t, err, ferry.Conflict, "mpi-client0 of "+id+" is not running")
}

// An engine that is down is not told as an image that is not there.
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
