package job

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/retry"
	"github.com/ferry-project/ferry/internal/state"
)

// ledger keeps what could not be recorded, in order, and records it as soon as that
// is possible: a full disk must neither hold up what is being taken away nor lose
// what became of it. While anything is owed, nothing later is recorded before it.
//
//	record ──▶ store            (nothing is owed, and the disk takes it)
//	   └─────▶ debts ──pay──▶ store
type ledger struct {
	log     *slog.Logger
	paying  sync.Mutex // one writes at a time: the order counts
	mu      sync.Mutex
	debts   []debt
	ended   map[string]ferry.Job // jobs whose end is owed, as they ended
	at      bool                 // somebody tries again and again
	free    chan struct{}        // has a token when nothing is owed any more
	closing chan struct{}
	group   sync.WaitGroup
}

// debt is one write that is owed.
type debt struct {
	stack, what string
	why         error // why it could not be written, for the user
	write       func(ctx context.Context) error
}

func newLedger(log *slog.Logger) *ledger {
	return &ledger{log: log, ended: map[string]ferry.Job{}, free: make(chan struct{}, 1), closing: make(chan struct{})}
}

// record writes now or later, in order. It returns an error only for what would never
// succeed; owed says that it was put off, and why.
func (l *ledger) record(ctx context.Context, d debt) (owed, err error) {
	l.paying.Lock()
	defer l.paying.Unlock()
	if d.why = l.payAll(ctx); d.why == nil {
		err := d.write(ctx)
		if !errors.Is(err, state.ErrNotWritten) {
			return nil, err
		}
		d.why = err
	}
	l.log.Warn("it is recorded later", "what", d.what, "stack", d.stack, "error", d.why)
	l.owe(d)
	return d.why, nil
}

// owe keeps d, and has it tried again, after what is owed before it, until it is written.
func (l *ledger) owe(d debt) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.debts = append(l.debts, d)
	if !l.at {
		l.at = true
		l.group.Add(1)
		go l.tryAgain()
	}
}

// pay records what is owed, if it can, before something else is read or written.
func (l *ledger) pay(ctx context.Context) error {
	if l.first() == nil {
		return nil
	}
	l.paying.Lock()
	defer l.paying.Unlock()
	return l.payAll(ctx)
}

func (l *ledger) payAll(ctx context.Context) error {
	for d := l.first(); d != nil; d = l.first() {
		err := d.write(ctx)
		if errors.Is(err, state.ErrNotWritten) || ctx.Err() != nil {
			return err
		}
		if err != nil && ferry.CodeOf(err) != ferry.NotFound { // its stack may be gone by now
			l.log.Error("it is never recorded", "what", d.what, "stack", d.stack, "error", err)
		}
		l.paid()
	}
	return nil
}

func (l *ledger) first() *debt {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.debts) == 0 {
		return nil
	}
	return &l.debts[0]
}

func (l *ledger) paid() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.debts = l.debts[1:]
	if len(l.debts) == 0 {
		l.debts = nil
		clear(l.ended)
		select {
		case l.free <- struct{}{}:
		default: // there is one already
		}
	}
}

// tryAgain pays until nothing is owed or the server ends; then the next server finds
// the job still running, and does it again.
func (l *ledger) tryAgain() {
	defer l.group.Done()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		select {
		case <-l.closing:
			cancel()
		case <-ctx.Done():
		}
	}()
	again := retry.Pauses{First: 500 * time.Millisecond, Longest: 5 * time.Second}
	for over := false; !over; over = l.over(ctx) {
		_ = again.Until(ctx, func() error { return l.pay(ctx) })
	}
}

// over notes that no goroutine tries any more, unless there is something new to try.
func (l *ledger) over(ctx context.Context) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.debts) > 0 && ctx.Err() == nil {
		return false
	}
	l.at = false
	return true
}

// close tries a last time.
func (l *ledger) close(ctx context.Context) {
	close(l.closing)
	l.group.Wait()
	if err := l.pay(ctx); err != nil {
		l.log.Error("not recorded", "error", err)
	}
}

// problem says that what became of a stack is owed, "" when it is not.
func (l *ledger) problem(stack string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, d := range l.debts {
		if d.stack == stack {
			return "what became of it is not recorded yet: " + d.why.Error()
		}
	}
	return ""
}

// end remembers how a job ended whose end is owed.
func (l *ledger) end(j ferry.Job) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.debts) > 0 {
		l.ended[j.ID] = j
	}
}

// job is one whose end is owed.
func (l *ledger) job(id string) (ferry.Job, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	j, ok := l.ended[id]
	return j, ok
}
