package cli

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/cli/progress"
)

// shown says how a command that follows a job shows it.
type shown struct {
	*choice
	verbose bool
	timeout time.Duration // 0: none
}

// addProgress adds --progress and --verbose for a command that follows a job.
func addProgress(c *cobra.Command) *shown {
	s := &shown{choice: addChoice(c, "progress", "", "how to show progress on stderr",
		progress.Auto, progress.TTY, progress.Plain, progress.JSON, progress.Quiet)}
	c.Flags().BoolVarP(&s.verbose, "verbose", "v", false, "what is waited for, with its last answer word for word")
	return s
}

// patient returns a context that the first Ctrl-C does not end, only the second:
// for work that must not be left half asked for.
func patient(ctx context.Context, env *Env) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	go func() {
		select {
		case <-env.Leave:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

// errLeft is the cause of a context whose end leaves a job alone: it goes on.
var errLeft = errors.New("left alone")

// watcher follows jobs and shows them.
type watcher struct {
	env    *Env
	client interface {
		api.Jobs
		Inspect(ctx context.Context, ref string) (api.Detail, error)
	}
	shown *shown
}

// do asks for a job and follows it until it is over. Ctrl-C cancels the job and
// goes on following; a second one leaves at once. The error is the job's own.
func (w watcher) do(ctx context.Context, ask func(context.Context) (ferry.Job, error)) (ferry.Job, error) {
	asking, cancel := patient(ctx, w.env)
	defer cancel()
	ctx, end := within(ctx, w.shown.timeout)
	defer end()
	job, err := ask(asking)
	if err != nil {
		return job, err
	}
	last, err := w.follow(ctx, asking, job)
	if errors.Is(err, errLeft) {
		return job, err
	}
	if err != nil {
		return job, w.lost(ctx, job, err)
	}
	job.State, job.Error, job.End = last.State, last.Error, last.Time
	return job, w.outcome(ctx, job)
}

// follow shows the job's events and returns the last one. ctx is the user's,
// asking the one for calls.
func (w watcher) follow(ctx, asking context.Context, job ferry.Job) (last ferry.Event, err error) {
	view := w.renderer(asking, job)
	defer view.Close()
	asking, cancel := context.WithCancel(asking)
	defer cancel()
	events, ended := w.subscribe(asking, job.ID)
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	interrupted := ctx.Done()
	var awaited ferry.Event
	for {
		select {
		case e := <-events:
			view.Event(e)
			last = e
			if e.Kind == ferry.OpWaiting {
				awaited = e
			}
		case <-tick.C:
			view.Tick(w.env.Now())
		case <-interrupted:
			interrupted = nil
			if errors.Is(context.Cause(ctx), errLeft) {
				return last, errLeft
			}
			view.Event(w.note(ctx, job, last, awaited))
			if err := w.cancel(ctx, job.ID); err != nil {
				return last, err
			}
		case err := <-ended:
			if err == nil && last.Kind != ferry.JobEnded {
				return w.recall(asking, job.ID)
			}
			return last, err
		}
	}
}

// cancelPatience is how long asking a server to cancel may take.
const cancelPatience = 10 * time.Second

// cancel asks although ctx has ended. The second Ctrl-C does not end it either:
// it may follow so soon that the server would never have heard of the first.
func (w watcher) cancel(ctx context.Context, job string) error {
	ctx, end := context.WithTimeout(context.WithoutCancel(ctx), cancelPatience)
	defer end()
	return w.client.Cancel(ctx, job)
}

// subscribe reads the job's events in the background. The error comes after the
// last event was taken.
func (w watcher) subscribe(ctx context.Context, job string) (<-chan ferry.Event, <-chan error) {
	events, ended := make(chan ferry.Event), make(chan error, 1)
	go func() {
		ended <- w.client.Follow(ctx, job, 0, func(e ferry.Event) error {
			select {
			case events <- e:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	}()
	return events, ended
}

// renderer shows the job with the names of its stack's plan, where there is one.
func (w watcher) renderer(ctx context.Context, job ferry.Job) progress.Renderer {
	o := progress.Options{
		Mode: w.shown.value, Verbose: w.shown.verbose, Out: w.env.Err, Terminal: w.env.draws(),
		Color: !w.env.NoColor, Size: w.env.Terminal.Size, Job: job,
	}
	if job.Stack != "" {
		// Without it only the names are missing.
		if d, err := w.client.Inspect(ctx, job.Stack); err == nil {
			o.Plan = d.Plan
		}
	}
	return progress.New(o)
}

// note says that a job is being cancelled: that the user wants it, or what has taken the time.
func (w watcher) note(ctx context.Context, job ferry.Job, last, awaited ferry.Event) ferry.Event {
	at := w.env.Now()
	if at.Before(last.Time) {
		at = last.Time
	}
	why := "interrupted"
	if isLate(ctx) {
		why = "not done within " + w.shown.timeout.String()
		if subject, words := progress.Sentence(awaited); words != "" {
			why += ", " + subject + " " + words
		}
	}
	return ferry.Event{
		Kind: ferry.Note, Job: job.ID, Stack: job.Stack, Time: at,
		Message: why + ", " + job.Kind.Undoing() + "; press again to leave it to the server",
	}
}

// recall asks for the end of a job whose last event did not come.
func (w watcher) recall(ctx context.Context, id string) (ferry.Event, error) {
	job, err := w.client.Job(ctx, id)
	if err == nil && !job.State.Over() {
		err = ferry.Errorf(ferry.Unavailable, "the server ended the job's events before the job")
	}
	return ferry.Event{Kind: ferry.JobEnded, Time: job.End, State: job.State, Error: job.Error}, err
}

// lost says where a job goes on that can be followed no longer.
func (w watcher) lost(ctx context.Context, job ferry.Job, err error) error {
	if ctx.Err() != nil {
		w.env.say("left to the server; to see how it ends: ferry events %s", job.ID)
		return stopped(ctx)
	}
	var e *ferry.Error
	if errors.As(err, &e) && e.Code != ferry.Unavailable {
		return err
	}
	return ferry.Errorf(ferry.Unavailable, "lost sight of job %s: %w", job.ID, err).
		WithHint("ferry events %s shows how it goes on", job.ID)
}

// outcome is the error a job ended with.
func (w watcher) outcome(ctx context.Context, job ferry.Job) error {
	switch {
	case ctx.Err() != nil:
		if job.State == ferry.JobDone {
			w.env.say("it was done before it could be cancelled")
		}
		why := stopped(ctx)
		if job.State == ferry.JobFailed && job.Error != nil {
			return errors.Join(why, job.Error)
		}
		return why
	case job.State == ferry.JobDone:
		return nil
	case job.Error != nil:
		return job.Error
	case job.State == ferry.JobCancelled:
		return ferry.Errorf(ferry.Interrupted, "job %s was cancelled", job.ID)
	}
	return ferry.Errorf(ferry.Failed, "job %s %s", job.ID, job.State)
}
