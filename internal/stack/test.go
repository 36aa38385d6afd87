package stack

import (
	"context"
	"errors"
	"fmt"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/job"
	"github.com/ferry-project/ferry/internal/plan"
	"github.com/ferry-project/ferry/internal/state"
)

// Test runs every service's smoke test and every connector's test scripts, one
// after the other; all of them run, and the job fails when one did.
func (m *Manager) Test(ctx context.Context, ref string) (ferry.Job, error) {
	rec, err := m.free(ctx, ref)
	if err != nil {
		return ferry.Job{}, err
	}
	if rec.Status != ferry.Running {
		return ferry.Job{}, ferry.Errorf(ferry.Conflict, "%s is %s and cannot be tested", rec.ID, rec.Status).
			WithHint("ferry start %s", rec.ID)
	}
	return m.jobs.Launch(ctx, ferry.Job{Kind: ferry.TestJob, Stack: rec.ID}, m.testing(rec))
}

func (m *Manager) testing(rec state.Record) job.Work {
	return func(ctx context.Context) ([]ferry.Step, error) {
		ops := plan.Test(&rec.Plan)
		if len(ops) == 0 {
			return nil, ferry.Errorf(ferry.NotFound, "%s has nothing to test", rec.ID)
		}
		m.jobs.Announce(rec.ID, ferry.TestJob, ops)
		var path []ferry.Step
		var failed []error
		for _, op := range ops {
			steps, err := m.work.Do(ctx, &rec, []ferry.Op{op})
			path = append(path, steps...)
			if ctx.Err() != nil {
				return path, err
			}
			if err != nil {
				failed = append(failed, fmt.Errorf("%s: %w", op.Name, err))
			}
		}
		return path, errors.Join(failed...)
	}
}
