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

// work is the body of a job. It gives the critical path of what it did.
type work func(ctx context.Context) ([]ferry.Step, error)

// launch records a job and runs it in the background, in a context of its own:
// a job outlives the request that asked for it.
func (m *Manager) launch(ctx context.Context, j ferry.Job, do work) (ferry.Job, error) {
	if j.ID == "" {
		j.ID, j.State, j.Start = newID("jo-"), ferry.JobRunning, m.Now()
		if err := m.Store.BeginJob(ctx, j); err != nil {
			return ferry.Job{}, err
		}
	}
	running := &job{Job: j, done: make(chan struct{})}
	ctx, running.cancel = context.WithCancelCause(context.WithoutCancel(ctx))
	if !m.jobs.add(running) {
		return ferry.Job{}, ferry.Errorf(ferry.Unavailable, "the server is ending")
	}
	go m.carryOut(ctx, running, do)
	return j, nil
}

func (m *Manager) carryOut(ctx context.Context, j *job, do work) {
	defer m.jobs.remove(j)
	defer j.cancel(nil)
	m.Log.Info("job begins", "job", j.ID, "kind", j.Kind, "stack", j.Stack)
	path, err := do(ctx)
	if errors.Is(context.Cause(ctx), errShutdown) {
		m.Log.Info("job is left to the next server", "job", j.ID)
		return
	}
	m.endJob(context.WithoutCancel(ctx), j.Job, path, err)
}

func (m *Manager) endJob(ctx context.Context, j ferry.Job, path []ferry.Step, err error) {
	state, told := outcome(err)
	if e := m.Store.EndJob(ctx, j.ID, state, told); e != nil {
		m.Log.Error("record the end of a job", "job", j.ID, "error", e)
	}
	m.Log.Info("job ended", "job", j.ID, "state", state, "error", err)
	m.Events.Publish(ferry.Event{
		Kind: ferry.JobEnded, Job: j.ID, Stack: j.Stack, State: state, Error: told,
		Took: m.Now().Sub(j.Start), Path: path,
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

// Job gives a job, running or over.
func (m *Manager) Job(ctx context.Context, id string) (ferry.Job, error) {
	return m.Store.Job(ctx, id)
}

// Cancel asks a job to end and undo. A job that is over already is no error.
func (m *Manager) Cancel(ctx context.Context, id string) error {
	if j := m.jobs.find(id); j != nil {
		j.cancel(errCancelled)
		return nil
	}
	_, err := m.Store.Job(ctx, id)
	return err
}

// Follow replays and follows events.
func (m *Manager) Follow(ctx context.Context, job string, after int64, do func(ferry.Event) error) error {
	if job != "" {
		if _, err := m.Store.Job(ctx, job); err != nil {
			return err
		}
	}
	return m.Events.Follow(ctx, job, after, do)
}

func (js *jobs) add(j *job) bool {
	js.mu.Lock()
	defer js.mu.Unlock()
	if js.closed {
		return false
	}
	js.running[j.ID] = j
	js.group.Add(1)
	return true
}

func (js *jobs) remove(j *job) {
	js.mu.Lock()
	delete(js.running, j.ID)
	js.mu.Unlock()
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
