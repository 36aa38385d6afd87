// Package probe waits until something in a node is true. Ready means ready: a
// probe asks the service itself, never the clock. A wait ends at once when the
// node's container has died, and at its deadline with the last answer it got.
package probe

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/retry"
)

// Options of one wait.
type Options struct {
	// Died returns the end of the probed container; nil: it is not watched.
	Died <-chan engine.Event
	// Waiting receives the latest answer, at most twice a second, from one
	// goroutine at a time and never after Wait has returned.
	Waiting func(answer string)
}

// The errors a caller branches on; both come inside a *ferry.Error with code Failed.
var (
	ErrDied     = errors.New("node died")
	ErrDeadline = errors.New("deadline passed")
)

const (
	defaultDeadline = 2 * time.Minute
	tellEvery       = 500 * time.Millisecond
)

// Asker asks once: nil means yes; otherwise the error's text is the answer. What it
// sees in between it says. An error that retry.Stop has marked ends the wait.
type Asker interface {
	Ask(ctx context.Context, say func(answer string)) error
	// Pauses between two tries.
	Pauses() retry.Pauses
}

// Wait asks until the probe is true. It fails with a *ferry.Error (code Failed)
// that wraps ErrDied or ErrDeadline, with ctx's error when ctx ends, and with the
// answer when that is final.
func Wait(ctx context.Context, p ferry.Probe, a Asker, o Options) error {
	w := &wait{probe: p, asker: a, died: make(chan struct{})}
	outer := ctx
	ctx, cancel := context.WithTimeout(ctx, w.deadline())
	defer cancel()
	watching := w.watch(ctx, cancel, o)
	err := w.ask(ctx)
	final := ctx.Err() == nil
	cancel()
	<-watching
	switch {
	case err == nil:
		return nil
	case final:
		return w.never(err)
	}
	return w.failure(outer)
}

// wait is one wait under way.
type wait struct {
	probe  ferry.Probe
	asker  Asker
	answer answer
	died   chan struct{} // closed after death is set
	death  engine.Event
}

func (w *wait) deadline() time.Duration {
	if w.probe.Deadline > 0 {
		return w.probe.Deadline
	}
	return defaultDeadline
}

// watch ends the wait when the node dies and passes answers on, until ctx ends.
// The channel it returns is closed when nothing more will be sent.
func (w *wait) watch(ctx context.Context, cancel func(), o Options) <-chan struct{} {
	over := make(chan struct{})
	go func() {
		defer close(over)
		tick := time.NewTicker(tellEvery)
		defer tick.Stop()
		died := o.Died
		for {
			select {
			case e, open := <-died:
				if !open {
					died = nil
					continue
				}
				w.death = e
				close(w.died)
				cancel()
				return
			case <-tick.C:
				w.answer.tell(o.Waiting)
			case <-ctx.Done():
				return
			}
		}
	}()
	return over
}

// ask asks again and again, with growing pauses, until yes, never or until ctx ends.
func (w *wait) ask(ctx context.Context) error {
	return w.asker.Pauses().Until(ctx, func() error {
		err := w.asker.Ask(ctx, w.answer.set)
		if err != nil && ctx.Err() == nil { // else the answer is only that we hung up
			w.answer.set(err.Error())
		}
		return err
	})
}

// never is the end of a wait whose answer no repetition will change.
func (w *wait) never(err error) error {
	code := ferry.Failed
	if own, ok := errors.AsType[*ferry.Error](err); ok {
		code = own.Code
	}
	return ferry.Errorf(code, "it cannot become true that %s: %w", w.probe.Description, err).WithHint("%s", w.probe.Hint)
}

// failure says why the wait ended without a yes. It is called when nothing runs any more.
func (w *wait) failure(outer context.Context) error {
	p := w.probe
	select {
	case <-w.died:
		e := ferry.Errorf(ferry.Failed, "%s stopped with exit code %d before it was true that %s", p.Node, w.death.ExitCode, p.Description)
		return with(e, ErrDied, p.Hint)
	default:
	}
	if err := outer.Err(); err != nil {
		return fmt.Errorf("wait until %s: %w", p.Description, err)
	}
	e := ferry.Errorf(ferry.Failed, "waited %s in vain until %s; the last answer was: %s", w.deadline(), p.Description, w.answer.last())
	return with(e, ErrDeadline, p.Hint)
}

func with(e *ferry.Error, cause error, hint string) *ferry.Error {
	e.Err, e.Hint = cause, hint
	return e
}
