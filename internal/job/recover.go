package job

import (
	"context"

	"github.com/ferry-project/ferry"
)

// GoOn goes on where a killed server was, by the work that is left of each job. Every
// operation may be repeated, so what was in flight is simply done again, under the job's
// own id: a client that watched it sees it through.
func (js *Jobs) GoOn(ctx context.Context, left func(ferry.Job) Work) error {
	orphans, err := js.store.RunningJobs(ctx)
	if err != nil {
		return err
	}
	for _, j := range orphans {
		if _, err := js.Begin(ctx, j, recordedAlready, left(j)); err != nil {
			return err
		}
	}
	return nil
}

func recordedAlready(context.Context) error { return nil }
