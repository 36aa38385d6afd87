// Package event carries what happens from those who do it to those who watch:
// publish and subscribe, with the store as memory.
//
//	Publish ──▶ pending ──▶ store ──▶ window ──▶ followers
//	  (never waits)   (in batches)   (the latest)   (each at its own pace)
//
// Events are kept before they are shown, so what a follower has seen is still
// there after a crash and a number never comes twice. A follower is no more than
// a position in the stream: it reads the window while it keeps up and the store
// while it does not, so it delays nobody and misses nothing.
package event

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/ferry-project/ferry"
)

// Sink is what the broker needs of the store.
type Sink interface {
	// AppendEvents may be given the same events twice.
	AppendEvents(ctx context.Context, events []ferry.Event) error
	// Events returns at most limit events after a number, of one job or of all ("").
	Events(ctx context.Context, job string, after int64, limit int) ([]ferry.Event, error)
	LastSeq(ctx context.Context) (int64, error)
	Job(ctx context.Context, id string) (ferry.Job, error)
}

const (
	linger   = 20 * time.Millisecond // how long an event may wait for others to be kept with
	batch    = 1_000                 // events in one transaction
	windowed = 2_048                 // events in memory, at least
	patience = 10 * time.Second      // for one transaction
)

// Broker numbers, keeps and hands out events. All methods may be called by many
// goroutines at once.
type Broker struct {
	store Sink
	job   func(ctx context.Context, id string) (ferry.Job, error)
	log   *slog.Logger

	mu      sync.Mutex
	seq     int64         // the last number given out
	pending []ferry.Event // not kept yet
	window  []ferry.Event // kept; numbered from base+1 without a gap; never written to, only grown and replaced
	base    int64
	news    chan struct{} // closed and replaced when the window grows or the broker is over
	closed  bool          // no more is taken
	over    bool          // and all there was is in the window

	wake, urgent chan struct{} // one token each
	quit, done   chan struct{}
}

// New makes a broker that counts on from the store's newest event. The caller
// closes it, before the store.
func New(ctx context.Context, store Sink, log *slog.Logger) (*Broker, error) {
	last, err := store.LastSeq(ctx)
	if err != nil {
		return nil, fmt.Errorf("begin the event stream: %w", err)
	}
	b := &Broker{
		store: store, job: store.Job, log: log, seq: last, base: last, news: make(chan struct{}),
		wake: make(chan struct{}, 1), urgent: make(chan struct{}, 1),
		quit: make(chan struct{}), done: make(chan struct{}),
	}
	go b.keepAll()
	return b, nil
}

// AskJobs names who knows of jobs more than the store does: of one that a full disk
// has kept from being recorded. It is called before anybody follows.
func (b *Broker) AskJobs(job func(ctx context.Context, id string) (ferry.Job, error)) { b.job = job }

// Publish returns the event its number, and a time if it has none, and passes it
// on. It waits for nobody; the event is kept and shown a moment later, the end
// of a job at once. After Close it does nothing.
func (b *Broker) Publish(e ferry.Event) {
	if e.Time.IsZero() {
		e.Time = time.Now().UTC()
	}
	b.mu.Lock()
	if b.closed {
		b.mu.Unlock()
		b.log.Warn("event after the end of the stream", "kind", e.Kind, "job", e.Job, "message", e.Message)
		return
	}
	b.seq++
	e.Seq = b.seq
	b.pending = append(b.pending, e)
	full := len(b.pending) >= batch
	b.mu.Unlock()
	put(b.wake)
	if full || e.Kind == ferry.JobEnded {
		put(b.urgent)
	}
}

func put(token chan<- struct{}) {
	select {
	case token <- struct{}{}:
	default: // there is one already
	}
}

// Close keeps and shows what was published, ends the followers and waits for it.
// It may be called twice.
func (b *Broker) Close() error {
	b.mu.Lock()
	first := !b.closed
	b.closed = true
	b.mu.Unlock()
	if first {
		close(b.quit)
	}
	<-b.done
	return nil
}

// keepAll is the one goroutine that writes.
func (b *Broker) keepAll() {
	defer close(b.done)
	for {
		select {
		case <-b.wake:
			b.linger()
			b.flush()
		case <-b.quit:
			b.flush()
			b.show(nil, true)
			return
		}
	}
}

func (b *Broker) linger() {
	timer := time.NewTimer(linger)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-b.urgent:
	case <-b.quit:
	}
}

func (b *Broker) flush() {
	for {
		events := b.take()
		if len(events) == 0 {
			return
		}
		b.keep(events)
		b.show(events, false)
	}
}

func (b *Broker) take() []ferry.Event {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := min(len(b.pending), batch)
	events := b.pending[:n:n]
	b.pending = b.pending[n:]
	if len(b.pending) == 0 {
		b.pending = nil
	}
	return events
}

// keep tries twice. Events that cannot be kept are shown all the same: those
// who watch now see them, and the log says what is missing later.
func (b *Broker) keep(events []ferry.Event) {
	var err error
	for range 2 {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		err = b.store.AppendEvents(ctx, events)
		cancel()
		if err == nil {
			return
		}
	}
	b.log.Error("events are not kept", "first", events[0].Seq, "count", len(events), "error", err)
}

func (b *Broker) show(events []ferry.Event, over bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.window = append(b.window, events...)
	b.over = over
	if spare := len(b.window) - windowed; spare > windowed {
		b.window = append([]ferry.Event(nil), b.window[spare:]...)
		b.base += int64(spare)
	}
	close(b.news)
	b.news = make(chan struct{})
}

// view is the stream as a follower finds it.
type view struct {
	fresh  []ferry.Event   // what the window has after the follower's position
	behind bool            // there is more before that, in the store
	base   int64           // up to which the store must be read when behind
	news   <-chan struct{} // closed when there is more to see
	over   bool            // there will be no more
}

func (b *Broker) look(at int64) view {
	b.mu.Lock()
	defer b.mu.Unlock()
	v := view{base: b.base, news: b.news, over: b.over, behind: at < b.base}
	if from := at - b.base; from >= 0 && from < int64(len(b.window)) {
		v.fresh = b.window[from:]
	}
	return v
}

// newest is the last number given out.
func (b *Broker) newest() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.seq
}
