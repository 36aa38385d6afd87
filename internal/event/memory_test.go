package event_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/ferry-project/ferry"
)

// memory is a store in memory.
type memory struct {
	mu      sync.Mutex
	events  []ferry.Event
	jobs    map[string]ferry.Job
	fail    int // so many calls of AppendEvents fail
	appends int
	gate    chan struct{} // when set, AppendEvents waits for it
}

func (m *memory) AppendEvents(_ context.Context, events []ferry.Event) error {
	if m.gate != nil {
		<-m.gate
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.appends++
	if m.fail > 0 {
		m.fail--
		return errors.New("disk full")
	}
	m.events = append(m.events, events...)
	return nil
}

func (m *memory) Events(_ context.Context, job string, after int64, limit int) ([]ferry.Event, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	from, _ := slices.BinarySearchFunc(m.events, after+1, func(e ferry.Event, n int64) int { return int(e.Seq - n) })
	var out []ferry.Event
	for _, e := range m.events[from:] {
		if len(out) == limit {
			break
		}
		if job == "" || e.Job == job {
			out = append(out, e)
		}
	}
	return out, nil
}

func (m *memory) LastSeq(context.Context) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.events) == 0 {
		return 0, nil
	}
	return m.events[len(m.events)-1].Seq, nil
}

func (m *memory) Job(_ context.Context, id string) (ferry.Job, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	j, ok := m.jobs[id]
	if !ok {
		return j, ferry.Errorf(ferry.NotFound, "there is no job %s", id)
	}
	return j, nil
}

func (m *memory) job(id string, state ferry.JobState) *memory {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.jobs == nil {
		m.jobs = map[string]ferry.Job{}
	}
	m.jobs[id] = ferry.Job{ID: id, State: state, Stack: "sa-1", Start: time.Unix(10, 0), End: time.Unix(13, 0)}
	return m
}

// count returns the number of events and of calls of AppendEvents.
func (m *memory) count() (events, calls int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.events), m.appends
}
