package watch

import (
	"sync"
	"time"
)

// A stack is repaired at most this often within this time; past that it stays
// degraded, and says so.
const (
	RepairLimit  = 3
	RepairWindow = 10 * time.Minute
)

// Repairs counts those of every stack.
type Repairs struct {
	mu      sync.Mutex
	times   map[string][]time.Time
	awaited map[string]bool // jobs whose end somebody waits for
}

// forget starts the count again.
func (r *Repairs) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.times)
}

// await reports whether nobody waits for the end of that job yet, and notes that somebody does.
func (r *Repairs) await(job string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.awaited == nil {
		r.awaited = map[string]bool{}
	}
	known := r.awaited[job]
	r.awaited[job] = true
	return !known
}

func (r *Repairs) awaitedEnd(job string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.awaited, job)
}

// Allow notes a repair, unless there were too many of late.
func (r *Repairs) Allow(stack string, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	var recent []time.Time
	for _, t := range r.times[stack] {
		if now.Sub(t) < RepairWindow {
			recent = append(recent, t)
		}
	}
	if len(recent) >= RepairLimit {
		return false
	}
	if r.times == nil {
		r.times = map[string][]time.Time{}
	}
	r.times[stack] = append(recent, now)
	return true
}
