package stack

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"sync"

	"github.com/ferry-project/ferry"
)

// errShutdown is why a job's context ends when the server does: the job leaves
// everything as it is for the next server.
var errShutdown = errors.New("the server ends")

// errCancelled is why it ends when the user wants it to: the job undoes.
var errCancelled = ferry.Errorf(ferry.Interrupted, "cancelled")

// jobs are those of this process.
type jobs struct {
	mu      sync.Mutex
	running map[string]*job
	group   sync.WaitGroup
	closed  bool
}

type job struct {
	ferry.Job
	cancel context.CancelCauseFunc
	done   chan struct{}
}

// work is the body of a job. It returns the critical path of what it did.
type work func(ctx context.Context) ([]ferry.Step, error)

// newJob sets the id and the beginning of a job.
func (m *Manager) newJob(j ferry.Job) ferry.Job {
	j.ID, j.State, j.Start = newID("jo-"), ferry.JobRunning, m.Now()
	return j
}

// launch records a new job and runs it.
func (m *Manager) launch(ctx context.Context, j ferry.Job, do work) (ferry.Job, error) {
	j = m.newJob(j)
	return m.begin(ctx, j, func(ctx context.Context) error { return m.recordBegin(ctx, j) }, do)
}

// recordBegin: what makes things begins only when that is recorded. What takes
// things away, and may be what frees the disk, goes on without.
func (m *Manager) recordBegin(ctx context.Context, j ferry.Job) error {
	write := func(ctx context.Context) error { return m.Store.BeginJob(ctx, j) }
	if j.Kind.Takes() {
		_, err := m.ledger.record(context.WithoutCancel(ctx), debt{stack: j.Stack, what: "job " + j.ID + " began", write: write})
		return err
	}
	if err := m.ledger.pay(ctx); err != nil {
		return err
	}
	return write(ctx)
}

// begin runs a job in the background once it is recorded, in a context of its own: a
// job outlives the request that asked for it. A stack is busy while this process
// works on it, whatever the record says.
func (m *Manager) begin(ctx context.Context, j ferry.Job, record func(context.Context) error, do work) (ferry.Job, error) {
	running := &job{Job: j, done: make(chan struct{})}
	jobCtx, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	running.cancel = cancel
	if err := m.jobs.add(running); err != nil {
		return ferry.Job{}, err
	}
	if err := record(ctx); err != nil {
		m.jobs.leave(running)
		m.jobs.over(running)
		return ferry.Job{}, err
	}
	go m.carryOut(jobCtx, running, do)
	return j, nil
}

func (m *Manager) carryOut(ctx context.Context, j *job, do work) {
	defer m.jobs.over(j)
	defer j.cancel(nil)
	m.Log.Info("job begins", "job", j.ID, "kind", j.Kind, "stack", j.Stack)
	path, err := do(ctx)
	if errors.Is(context.Cause(ctx), errShutdown) {
		m.Log.Info("job is left to the next server", "job", j.ID)
		m.jobs.leave(j)
		return
	}
	m.endJob(context.WithoutCancel(ctx), j, path, err)
}

// endJob records how a job ended, or keeps it until it can be recorded; the stack is
// free and the end is reported in any case.
func (m *Manager) endJob(ctx context.Context, running *job, path []ferry.Step, err error) {
	j := running.Job
	j.State, j.Error = outcome(err)
	j.End = m.Now()
	owed, e := m.ledger.record(ctx, debt{stack: j.Stack, what: "job " + j.ID + " ended", write: func(ctx context.Context) error {
		return m.Store.EndJob(ctx, j.ID, j.State, j.Error)
	}})
	if owed != nil {
		m.ledger.end(j)
	}
	if e != nil {
		m.Log.Error("record the end of a job", "job", j.ID, "error", e)
	}
	m.Log.Info("job ended", "job", j.ID, "state", j.State, "error", err)
	m.jobs.leave(running)
	m.Events.Publish(ferry.Event{
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

// Job returns a job, running or over, also while the record does not know it yet.
func (m *Manager) Job(ctx context.Context, id string) (ferry.Job, error) {
	if j, ok := m.ledger.job(id); ok {
		return j, nil
	}
	if j := m.jobs.find(id); j != nil {
		return j.Job, nil
	}
	return m.Store.Job(ctx, id)
}

// Cancel asks a job to end and undo. A job that is over already is no error.
func (m *Manager) Cancel(ctx context.Context, id string) error {
	if j := m.jobs.find(id); j != nil {
		j.cancel(errCancelled)
		return nil
	}
	_, err := m.Job(ctx, id)
	return err
}

// Follow replays and follows events.
func (m *Manager) Follow(ctx context.Context, job string, after int64, do func(ferry.Event) error) error {
	if job != "" {
		if _, err := m.Job(ctx, job); err != nil {
			return err
		}
	}
	return m.Events.Follow(ctx, job, after, do)
}

// add makes a stack busy, unless it is.
func (js *jobs) add(j *job) error {
	js.mu.Lock()
	defer js.mu.Unlock()
	if js.closed {
		return ferry.Errorf(ferry.Unavailable, "the server is ending")
	}
	for _, other := range js.running {
		if j.Stack != "" && other.Stack == j.Stack {
			return busy(j.Stack, other.Kind, other.ID)
		}
	}
	js.running[j.ID] = j
	js.group.Add(1)
	return nil
}

// leave makes the stack free; over says that nothing of the job is left to do.
func (js *jobs) leave(j *job) {
	js.mu.Lock()
	defer js.mu.Unlock()
	delete(js.running, j.ID)
}

func (js *jobs) over(j *job) {
	close(j.done)
	js.group.Done()
}

func (js *jobs) find(id string) *job {
	js.mu.Lock()
	defer js.mu.Unlock()
	return js.running[id]
}

func (js *jobs) ofStack(stack string) *job {
	js.mu.Lock()
	defer js.mu.Unlock()
	for _, j := range js.running {
		if j.Stack == stack {
			return j
		}
	}
	return nil
}

func (js *jobs) shutdown() {
	js.mu.Lock()
	js.closed = true
	for _, j := range js.running {
		j.cancel(errShutdown)
	}
	js.mu.Unlock()
	js.group.Wait()
}

// newID is a prefix and eight random hex digits.
func newID(prefix string) string {
	var b [4]byte
	_, _ = rand.Read(b[:]) // never fails on the systems Go runs on
	return prefix + hex.EncodeToString(b[:])
}
