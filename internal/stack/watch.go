package stack

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/retry"
	"github.com/ferry-project/ferry/internal/state"
)

// A stack is repaired at most this often within this time; past that it stays
// degraded, and says so.
const (
	repairLimit  = 3
	repairWindow = 10 * time.Minute
	// repairPause lets what was in a repair's way go away before the next one.
	repairPause = 2 * time.Second
)

type repairs struct {
	mu      sync.Mutex
	times   map[string][]time.Time
	awaited map[string]bool // jobs whose end somebody waits for
}

// forget starts the count again.
func (r *repairs) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.times)
}

// await reports whether nobody waits for the end of that job yet, and notes that somebody does.
func (r *repairs) await(job string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	known := r.awaited[job]
	r.awaited[job] = true
	return !known
}

func (r *repairs) awaitedEnd(job string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.awaited, job)
}

// allow notes a repair, unless there were too many of late.
func (r *repairs) allow(stack string, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	var recent []time.Time
	for _, t := range r.times[stack] {
		if now.Sub(t) < repairWindow {
			recent = append(recent, t)
		}
	}
	if len(recent) >= repairLimit {
		return false
	}
	r.times[stack] = append(recent, now)
	return true
}

// Watch keeps running stacks running until ctx ends: it brings up again what
// died, and, after the engine itself was away, everything that is meant to run.
func (m *Manager) Watch(ctx context.Context) error {
	for ctx.Err() == nil {
		if err := m.await(ctx); err != nil {
			return err
		}
		if err := m.watchOnce(ctx); err != nil && ctx.Err() == nil {
			m.log.Warn("watching the engine", "error", err)
		}
	}
	return nil
}

// await waits until the engine answers.
func (m *Manager) await(ctx context.Context) error {
	pauses := retry.Pauses{First: 200 * time.Millisecond, Longest: 5 * time.Second}
	return pauses.Until(ctx, func() error {
		_, err := m.engine.Info(ctx)
		return err
	})
}

func (m *Manager) watchOnce(ctx context.Context) error {
	events, err := m.engine.Watch(ctx)
	if err != nil {
		return err
	}
	// What failed while the engine was going down says nothing of a stack.
	m.repairs.forget()
	if err := m.reconcile(ctx); err != nil {
		return err
	}
	for {
		select {
		case e, open := <-events:
			if !open {
				return nil
			}
			if e.State == engine.Exited {
				m.died(ctx, e)
			}
		case <-m.jobs.Paid(): // what could not be mended without a record can be now
			if err := m.reconcile(ctx); err != nil {
				return err
			}
		}
	}
}

// reconcile brings up every stack that is meant to run and does not, and takes
// away what could not be removed before.
func (m *Manager) reconcile(ctx context.Context) error {
	if err := m.jobs.Pay(ctx); err != nil {
		m.log.Warn("stacks are not looked after: what became of some is not recorded yet", "error", err)
		return nil
	}
	stacks, err := m.inventory.List(ctx, true)
	if err != nil {
		return err
	}
	for _, s := range stacks {
		switch {
		case s.Status == ferry.Lost:
			m.log.Warn("a stack without a record: ferry adopt takes it back", "stack", s.ID)
		case s.Status == ferry.Degraded:
			m.repair(ctx, s.ID)
		case s.Status == ferry.Removing && m.jobs.Of(s.ID) == nil:
			if _, err := m.jobs.Launch(ctx, ferry.Job{Kind: ferry.RemoveJob, Stack: s.ID}, m.removing(s.ID, removal{})); err != nil {
				m.log.Warn("go on removing", "stack", s.ID, "error", err)
			}
		}
	}
	return nil
}

// died reports the end of a node and repairs its stack. A running job handles deaths
// among the nodes it still needs. It may already have finished with this one, so the
// stack is checked again when the job ends.
func (m *Manager) died(ctx context.Context, e engine.Event) {
	stack, node := e.Labels[ferry.LabelStack], e.Labels[ferry.LabelNode]
	if stack == "" {
		return
	}
	if j := m.jobs.Of(stack); j != nil {
		if j.Kind.Raises() {
			go m.lookAfter(ctx, j.Job)
		}
		return
	}
	m.events.Publish(ferry.Event{
		Kind: ferry.NodeDied, Stack: stack, Node: node,
		Message: fmt.Sprintf("%s ended with exit code %d", node, e.ExitCode),
	})
	m.repair(ctx, stack)
}

// repair brings a stack up that is meant to run, and looks at it again afterwards.
func (m *Manager) repair(ctx context.Context, id string) {
	if m.jobs.Pay(ctx) != nil {
		return // the record may not know yet that it is to be stopped or gone
	}
	rec, err := m.store.Find(ctx, id)
	meant := rec.Intent == ferry.WantRunning && (rec.Status == ferry.Running || rec.Status == ferry.Degraded)
	if err != nil || !meant || m.jobs.Of(id) != nil {
		return
	}
	if _, err := m.engine.Info(ctx); err != nil {
		return // the watch begins again when the engine is back
	}
	if !m.repairs.allow(id, m.now()) {
		m.log.Warn("stack is left degraded", "stack", id, "repairs", repairLimit, "within", repairWindow)
		return
	}
	j, err := m.resume(ctx, rec, true)
	if errors.Is(err, state.ErrNotWritten) {
		m.jobs.Await(id, "it is to be mended", err)
	}
	if err != nil {
		m.log.Warn("repair", "stack", id, "error", err)
		return
	}
	go m.lookAfter(ctx, j)
}

// lookAfter waits for the end of a job and repairs its stack if the job has left it
// degraded: a failed repair is tried again. One that the user has cancelled is not.
func (m *Manager) lookAfter(ctx context.Context, j ferry.Job) {
	if !m.repairs.await(j.ID) {
		return
	}
	defer m.repairs.awaitedEnd(j.ID)
	if m.jobs.Wait(ctx, j.ID) != nil {
		return
	}
	ended, err := m.jobs.Job(ctx, j.ID)
	if err != nil || ended.State == ferry.JobCancelled {
		return
	}
	if d, err := m.inventory.Inspect(ctx, j.Stack); err != nil || d.Status != ferry.Degraded {
		return
	}
	pause := time.NewTimer(repairPause)
	defer pause.Stop()
	select {
	case <-pause.C:
		m.repair(ctx, j.Stack)
	case <-ctx.Done():
	}
}
