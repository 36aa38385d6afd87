package job

import (
	"context"
	"sync"

	"github.com/ferry-project/ferry"
)

// table has the jobs of this process.
type table struct {
	mu      sync.Mutex
	running map[string]*Running
	group   sync.WaitGroup
	closed  bool
}

// Running is a job that is at work.
type Running struct {
	ferry.Job
	cancel context.CancelCauseFunc
	done   chan struct{}
}

// Done is closed when nothing of the job is left to do.
func (r *Running) Done() <-chan struct{} { return r.done }

// add makes a stack busy, unless it is.
func (t *table) add(j *Running) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return ferry.Errorf(ferry.Unavailable, "the server is ending")
	}
	for _, other := range t.running {
		if j.Stack != "" && other.Stack == j.Stack {
			return Busy(j.Stack, other.Kind, other.ID)
		}
	}
	t.running[j.ID] = j
	t.group.Add(1)
	return nil
}

// leave makes the stack free; over says that nothing of the job is left to do.
func (t *table) leave(j *Running) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.running, j.ID)
}

func (t *table) over(j *Running) {
	close(j.done)
	t.group.Done()
}

func (t *table) find(id string) *Running {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.running[id]
}

func (t *table) ofStack(stack string) *Running {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, j := range t.running {
		if j.Stack == stack {
			return j
		}
	}
	return nil
}

// leaveAll ends every job, and takes no new one.
func (t *table) leaveAll() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
	for _, j := range t.running {
		j.cancel(ErrShutdown)
	}
}
