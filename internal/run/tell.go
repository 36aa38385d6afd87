package run

import (
	"context"
	"errors"
	"strings"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
)

// tell publishes an event of op, cleaned of secrets.
func (k *walk) tell(op ferry.Op, e ferry.Event) {
	e.Time, e.Stack, e.Job = k.Now(), k.graph.Plan.Stack, k.graph.Job
	e.Op, e.Do, e.Service, e.Node = op.ID, op.Do, op.Service, op.Node
	e.Message = k.graph.Secrets.Redact(e.Message)
	k.Publish(e)
}

// fault turns what went wrong into what may be shown: a *ferry.Error of which
// no text holds a secret, also not through Unwrap.
func (k *walk) fault(doing string, err error) *ferry.Error {
	redact := func(text string) string {
		return k.graph.Secrets.Redact(strings.ReplaceAll(text, ferry.StackRef, k.graph.Plan.Stack))
	}
	shown := ferry.Error{Code: codeOf(err), Message: doing + ": " + err.Error()}
	if known, ok := errors.AsType[*ferry.Error](err); ok {
		shown = *known
		shown.Message = known.Error()
	}
	shown.Message, shown.Hint, shown.Output = redact(shown.Message), redact(shown.Hint), redact(shown.Output)
	shown.Err = veiled{text: redact(err.Error()), err: err}
	return &shown
}

func codeOf(err error) ferry.Code {
	switch {
	case errors.Is(err, context.Canceled):
		return ferry.Interrupted
	case errors.Is(err, engine.ErrUnavailable):
		return ferry.Unavailable
	case errors.Is(err, engine.ErrConflict):
		return ferry.Conflict
	}
	return ferry.Failed
}

// veiled can be asked what it is, and says nothing that it should not.
type veiled struct {
	text string
	err  error
}

func (v veiled) Error() string        { return v.text }
func (v veiled) Is(target error) bool { return errors.Is(v.err, target) }
