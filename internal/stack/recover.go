package stack

import (
	"context"

	"github.com/ferry-project/ferry"
)

// Recover goes on where a killed server was. Every operation may be repeated, so
// what was in flight is simply done again, under the job's own id: a client that
// watched it sees it through.
func (m *Manager) Recover(ctx context.Context) error {
	orphans, err := m.Store.RunningJobs(ctx)
	if err != nil {
		return err
	}
	for _, j := range orphans {
		if _, err := m.launch(ctx, j, m.goOn(j)); err != nil {
			return err
		}
	}
	return nil
}

func (m *Manager) goOn(j ferry.Job) work {
	return func(ctx context.Context) ([]ferry.Step, error) {
		if j.Kind == ferry.BuildJob || j.Kind == ferry.TestJob {
			return nil, ferry.Errorf(ferry.Interrupted, "the server was ended while it ran")
		}
		if err := m.await(ctx); err != nil {
			return nil, err
		}
		rec, err := m.Store.Find(ctx, j.Stack)
		if ferry.CodeOf(err) == ferry.NotFound {
			return nil, nil // removed, or a start that was undone to the end
		}
		if err != nil {
			return nil, err
		}
		// The intent counts, not the job's kind: a start that was being undone
		// wants to be removed by now.
		switch rec.Intent {
		case ferry.Removing:
			return m.removing(j.Stack)(ctx)
		case ferry.Stopped:
			return m.stopping(j.Stack)(ctx)
		}
		return m.resuming(j.Stack, j.Retain)(ctx)
	}
}
