// Package job is the life that every job shares, whatever it does: it makes its stack
// busy, runs in a context of its own, tells what it does, keeps the record of its stack
// true, ends, and is done again by the next server if this one is killed.
//
//	Launch ─▶ recorded ─▶ Work ─┬─▶ done, failed ─────▶ recorded, told
//	                            ├─▶ cancelled: undone ▶ recorded, told
//	                            └─▶ the server ends: GoOn, in the next one
package job

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/event"
	"github.com/ferry-project/ferry/internal/state"
)

// Store keeps jobs, and the records of the stacks that they change. An error that wraps
// state.ErrNotWritten says that the disk does not take it now.
type Store interface {
	Keeper
	Update(ctx context.Context, id string, change func(*state.Record) error) error
	Delete(ctx context.Context, id string) error
}

// Keeper keeps jobs.
type Keeper interface {
	BeginJob(ctx context.Context, j ferry.Job) error
	EndJob(ctx context.Context, id string, s ferry.JobState, failure *ferry.Error) error
	Job(ctx context.Context, id string) (ferry.Job, error)
	RunningJobs(ctx context.Context) ([]ferry.Job, error)
	Jobs(ctx context.Context, stack string) ([]ferry.Job, error)
}

// Jobs runs jobs and keeps their records true. It implements api.Jobs.
type Jobs struct {
	store  Store
	events *event.Broker
	log    *slog.Logger
	now    func() time.Time
	table  table
	ledger *ledger
}

var _ api.Jobs = (*Jobs)(nil)

// Open returns jobs without any; GoOn goes on with those of the server before.
func Open(store Store, events *event.Broker, log *slog.Logger, now func() time.Time) *Jobs {
	js := &Jobs{store: store, events: events, log: log, now: now, ledger: newLedger(log)}
	js.table.running = map[string]*Running{}
	events.AskJobs(js.Job)
	return js
}

// Leave ends every job without undoing it, and takes no new one: the records say what
// was wanted, and the next server goes on from there.
func (js *Jobs) Leave() { js.table.leaveAll() }

// Close leaves every job, waits until all have ended, and records what is owed.
func (js *Jobs) Close() {
	js.Leave()
	js.table.group.Wait()
	js.ledger.close(context.Background())
}

// ErrShutdown is why a job's context ends when the server does: the job leaves
// everything as it is for the next server.
var ErrShutdown = errors.New("the server ends")

// ErrCancelled is why it ends when the user wants it to: the job undoes.
var ErrCancelled = ferry.Errorf(ferry.Interrupted, "cancelled")

// Work is the body of a job. It returns the critical path of what it did.
type Work func(ctx context.Context) ([]ferry.Step, error)

// New sets the id and the beginning of a job.
func (js *Jobs) New(j ferry.Job) ferry.Job {
	j.ID, j.State, j.Start = state.NewID("jo-"), ferry.JobRunning, js.now()
	return j
}

// Launch records a new job and runs it.
func (js *Jobs) Launch(ctx context.Context, j ferry.Job, do Work) (ferry.Job, error) {
	if j.ID == "" {
		j = js.New(j)
	}
	return js.Begin(ctx, j, func(ctx context.Context) error { return js.recordBegin(ctx, j) }, do)
}

// recordBegin: what makes things begins only when that is recorded. What takes
// things away, and may be what frees the disk, goes on without.
func (js *Jobs) recordBegin(ctx context.Context, j ferry.Job) error {
	write := func(ctx context.Context) error { return js.store.BeginJob(ctx, j) }
	if j.Kind.Takes() {
		_, err := js.ledger.record(context.WithoutCancel(ctx), debt{stack: j.Stack, what: "job " + j.ID + " began", write: write})
		return err
	}
	if err := js.ledger.pay(ctx); err != nil {
		return err
	}
	return write(ctx)
}

// Begin runs a job in the background once it is recorded, in a context of its own: a
// job outlives the request that asked for it. A stack is busy while this process
// works on it, whatever the record says.
func (js *Jobs) Begin(ctx context.Context, j ferry.Job, record func(context.Context) error, do Work) (ferry.Job, error) {
	running := &Running{Job: j, done: make(chan struct{})}
	jobCtx, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	running.cancel = cancel
	if err := js.table.add(running); err != nil {
		return ferry.Job{}, err
	}
	if err := record(ctx); err != nil {
		js.table.leave(running)
		js.table.over(running)
		return ferry.Job{}, err
	}
	go js.carryOut(jobCtx, running, do)
	return j, nil
}

func (js *Jobs) carryOut(ctx context.Context, j *Running, do Work) {
	defer js.table.over(j)
	defer j.cancel(nil)
	js.log.Info("job begins", "job", j.ID, "kind", j.Kind, "stack", j.Stack)
	path, err := do(ctx)
	if errors.Is(context.Cause(ctx), ErrShutdown) {
		js.log.Info("job is left to the next server", "job", j.ID)
		js.table.leave(j)
		return
	}
	js.endJob(context.WithoutCancel(ctx), j, path, err)
}

// endJob records how a job ended, or keeps it until it can be recorded; the stack is
// free and the end is reported in any case.
func (js *Jobs) endJob(ctx context.Context, running *Running, path []ferry.Step, err error) {
	j := running.Job
	j.State, j.Error = outcome(err)
	j.End = js.now()
	owed, e := js.ledger.record(ctx, debt{stack: j.Stack, what: "job " + j.ID + " ended", write: func(ctx context.Context) error {
		return js.store.EndJob(ctx, j.ID, j.State, j.Error)
	}})
	if owed != nil {
		js.ledger.end(j)
	}
	if e != nil {
		js.log.Error("record the end of a job", "job", j.ID, "error", e)
	}
	js.log.Info("job ended", "job", j.ID, "state", j.State, "error", err)
	js.table.leave(running)
	js.events.Publish(ferry.Event{
		Kind: ferry.JobEnded, Job: j.ID, Stack: j.Stack, State: j.State, Error: j.Error,
		Took: j.End.Sub(j.Start), Path: path,
	})
}

// outcome turns an error into a state and a sentence.
func outcome(err error) (ferry.JobState, *ferry.Error) {
	switch {
	case err == nil:
		return ferry.JobDone, nil
	case ferry.CodeOf(err) == ferry.Interrupted || errors.Is(err, context.Canceled):
		return ferry.JobCancelled, told(err)
	}
	return ferry.JobFailed, told(err)
}

// told is err as it crosses the boundary.
func told(err error) *ferry.Error {
	if e, ok := errors.AsType[*ferry.Error](err); ok {
		out := *e
		out.Message = err.Error()
		return &out
	}
	return &ferry.Error{Code: ferry.CodeOf(err), Message: err.Error(), Err: err}
}
