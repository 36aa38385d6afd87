package job

import (
	"context"
	"errors"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/build"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/run"
	"github.com/ferry-project/ferry/internal/secret"
	"github.com/ferry-project/ferry/internal/state"
)

// Worker does what there is to do to a stack, on behalf of the stack's job.
type Worker struct {
	Jobs   *Jobs
	Walker *run.Walker
}

// Do carries out operations and returns their critical path.
func (w *Worker) Do(ctx context.Context, rec *state.Record, ops []ferry.Op) ([]ferry.Step, error) {
	path, err := w.Walker.Walk(build.OneAudience(ctx), w.Graph(rec, ops))
	if cause := context.Cause(ctx); err != nil && errors.Is(cause, ErrCancelled) {
		return path, ErrCancelled
	}
	return path, engine.Explain(err)
}

// Graph is those operations of a stack as the walker takes them.
func (w *Worker) Graph(rec *state.Record, ops []ferry.Op) run.Graph {
	g := run.Graph{Plan: rec.Wanted(), From: &rec.Plan, Ops: ops, Secrets: secret.Values(rec.Secrets)}
	if j := w.Jobs.Of(rec.ID); j != nil {
		g.Job = j.ID
	}
	return g
}
