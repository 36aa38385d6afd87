package job

import (
	"context"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/state"
)

// Settle records the state a job has brought a stack to, later if the disk is full.
func (js *Jobs) Settle(ctx context.Context, id string, status ferry.Status, change func(*state.Record)) error {
	return js.note(ctx, debt{stack: id, what: "it is " + string(status), write: func(ctx context.Context) error {
		return js.Change(ctx, id, status, change)
	}})
}

// Want records an intent together with the state on the way to it. What makes things
// must not begin without; what takes things away uses Settle.
func (js *Jobs) Want(ctx context.Context, id string, intent ferry.Intent, status ferry.Status) error {
	if err := js.ledger.pay(ctx); err != nil {
		return err
	}
	return js.Change(ctx, id, status, func(r *state.Record) { r.Intent = intent })
}

// Change records a state, and changes the record besides.
func (js *Jobs) Change(ctx context.Context, id string, status ferry.Status, change func(*state.Record)) error {
	return js.store.Update(ctx, id, func(r *state.Record) error {
		r.Status, r.Changed = status, js.now()
		if change != nil {
			change(r)
		}
		return nil
	})
}

// Forget removes a record whose stack is gone.
func (js *Jobs) Forget(ctx context.Context, id string) error {
	return js.note(ctx, debt{stack: id, what: "it is gone", write: func(ctx context.Context) error {
		return js.store.Delete(ctx, id)
	}})
}

// note records an outcome, and warns the user when that has to wait.
func (js *Jobs) note(ctx context.Context, d debt) error {
	known := js.ledger.problem(d.stack) != ""
	owed, err := js.ledger.record(context.WithoutCancel(ctx), d)
	if owed != nil && !known {
		js.Publish(d.stack, ferry.Event{Kind: ferry.Note, Message: owed.Error() + "; it goes on without, and records it later"})
	}
	return err
}

// Pay records what is owed, if it can, before something else is read or written.
func (js *Jobs) Pay(ctx context.Context) error { return js.ledger.pay(ctx) }

// Paid has a token when nothing is owed any more.
func (js *Jobs) Paid() <-chan struct{} { return js.ledger.free }

// Problem says that what became of a stack is owed, "" when it is not.
func (js *Jobs) Problem(stack string) string { return js.ledger.problem(stack) }

// Owed says what is owed first, "" when nothing is.
func (js *Jobs) Owed() string {
	if d := js.ledger.first(); d != nil {
		return d.what
	}
	return ""
}

// Await has Paid report when the disk takes records again, which it did not, and why.
func (js *Jobs) Await(stack, what string, why error) {
	js.ledger.owe(debt{stack: stack, what: what, why: why, write: func(ctx context.Context) error {
		return js.store.Update(ctx, stack, func(*state.Record) error { return nil })
	}})
}
