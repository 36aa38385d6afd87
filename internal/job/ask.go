package job

import (
	"context"

	"github.com/ferry-project/ferry"
)

// Job returns a job, running or over, also while the record does not know it yet.
func (js *Jobs) Job(ctx context.Context, id string) (ferry.Job, error) {
	if j, ok := js.ledger.job(id); ok {
		return j, nil
	}
	if j := js.table.find(id); j != nil {
		return j.Job, nil
	}
	return js.store.Job(ctx, id)
}

// Cancel asks a job to end and undo. A job that is over already is no error.
func (js *Jobs) Cancel(ctx context.Context, id string) error {
	if j := js.table.find(id); j != nil {
		j.cancel(ErrCancelled)
		return nil
	}
	_, err := js.Job(ctx, id)
	return err
}

// Follow replays and follows events.
func (js *Jobs) Follow(ctx context.Context, job string, after int64, do func(ferry.Event) error) error {
	if job != "" {
		if _, err := js.Job(ctx, job); err != nil {
			return err
		}
	}
	return js.events.Follow(ctx, job, after, do)
}

// ListJobs returns the jobs that are remembered, the latest first. How far one is that this
// server works on is known better here than in its record.
func (js *Jobs) ListJobs(ctx context.Context, stack string) ([]ferry.Job, error) {
	all, err := js.store.Jobs(ctx, stack)
	if err != nil {
		return nil, err
	}
	for i, j := range all {
		if now, err := js.Job(ctx, j.ID); err == nil {
			all[i] = now
		}
	}
	return all, nil
}

// Past returns the events of a job so far.
func (js *Jobs) Past(ctx context.Context, job string) ([]ferry.Event, error) {
	if _, err := js.Job(ctx, job); err != nil {
		return nil, err
	}
	return js.events.Past(ctx, job)
}

// Of returns the job that works on a stack, nil when none does.
func (js *Jobs) Of(stack string) *Running { return js.table.ofStack(stack) }

// Free fails when a job works on a stack.
func (js *Jobs) Free(stack string) error {
	if j := js.Of(stack); j != nil {
		return Busy(stack, j.Kind, j.ID)
	}
	return nil
}

// Busy is the error of who wants a stack that a job works on.
func Busy(stack string, j ferry.JobKind, id string) error {
	return ferry.Errorf(ferry.Conflict, "%s is %s by job %s", stack, j.Doing(), id).
		WithHint("wait for it, or end it with ferry cancel %s", id)
}

// Interrupt cancels a job and waits for its end.
func (js *Jobs) Interrupt(ctx context.Context, j *Running) error {
	j.cancel(ErrCancelled)
	return wait(ctx, j)
}

// Wait waits for the end of a job.
func (js *Jobs) Wait(ctx context.Context, id string) error {
	if j := js.table.find(id); j != nil {
		return wait(ctx, j)
	}
	return nil
}

func wait(ctx context.Context, j *Running) error {
	select {
	case <-j.done:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
