package cli

import (
	"context"
	"errors"
	"sync"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
)

// trial is the life of a stack that a command is run against. The stack is held by a
// connection meanwhile: if this process is killed, the server removes it.
type trial struct {
	env     *Env
	options *runOptions
	client  api.Ferry
	request api.StartRequest
	stack   string // "": none was begun
	drop    context.CancelFunc
	group   sync.WaitGroup
	lost    error // why the stack was not held to the end; read once group has ended
}

// start starts the stack, and holds it from the moment that there is one.
func (t *trial) start(ctx context.Context) error {
	following, cancel := t.leaving(ctx)
	defer cancel()
	job, err := watcher{t.env, t.client, t.options.progress}.do(following, func(ctx context.Context) (ferry.Job, error) {
		job, err := t.client.Start(ctx, t.request)
		if err == nil {
			t.hold(ctx, job.Stack)
		}
		return job, err
	})
	switch {
	case errors.Is(err, errLeft):
		return errInterrupted
	case job.State == ferry.JobCancelled: // and has undone itself
		t.stack = ""
	}
	return err
}

// leaving returns a context whose end leaves the start alone when time has run out, so
// that it can be looked into as it stands, and when others may wait for it, too.
func (t *trial) leaving(ctx context.Context) (context.Context, context.CancelFunc) {
	following, leave := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		_, late := errors.AsType[timedOut](context.Cause(ctx))
		if late || t.options.reuse > 0 {
			leave(errLeft)
		}
		leave(context.Cause(ctx))
	})
	return following, func() { stop(); leave(nil) }
}

// hold keeps the stack until the end of the trial.
func (t *trial) hold(ctx context.Context, stack string) {
	t.stack = stack
	if t.request.Lease == nil {
		return
	}
	ctx, t.drop = context.WithCancel(context.WithoutCancel(ctx))
	t.group.Go(func() {
		err := t.client.Hold(ctx, stack, func() error { return nil })
		if ctx.Err() == nil {
			t.lost = err
		}
	})
}

// letGo: that the stack was not held is said at the end, as progress has the terminal
// before.
func (t *trial) letGo() {
	if t.drop == nil {
		return
	}
	t.drop()
	t.group.Wait()
	if t.lost != nil && ferry.CodeOf(t.lost) != ferry.NotFound {
		t.env.say("%s was not held to the end, and may have gone before: %v", t.stack, t.lost)
	}
}

// end decides what becomes of the stack; err is how the command ended.
func (t *trial) end(ctx context.Context, err error) error {
	if t.stack == "" {
		return err
	}
	failed := err != nil && !errors.Is(err, errInterrupted)
	if failed {
		t.bundle(ctx)
	}
	switch keep := t.options.keep.value; {
	case keep == keepAlways, keep == keepFailed && failed:
		return errors.Join(err, t.stay(ctx))
	case t.options.reuse > 0: // the server removes it when nobody else takes it
		return err
	}
	return errors.Join(err, t.tearDown(ctx))
}

// stay leaves the stack to the user.
func (t *trial) stay(ctx context.Context) error {
	if t.request.Lease != nil {
		if err := t.client.Release(context.WithoutCancel(ctx), t.stack); err != nil {
			return err
		}
	}
	t.env.say("%s is kept; to remove it: ferry rm --force %s", t.stack, t.stack)
	return nil
}

// tearDown removes the stack although ctx may have ended; only a second Ctrl-C
// leaves the rest of it to the server.
func (t *trial) tearDown(ctx context.Context) error {
	ctx, cancel := patient(ctx, t.env)
	defer cancel()
	_, err := watcher{t.env, t.client, t.options.progress}.do(ctx, func(ctx context.Context) (ferry.Job, error) {
		return t.client.Remove(ctx, t.stack, true)
	})
	if ferry.CodeOf(err) == ferry.NotFound { // it has undone itself
		return nil
	}
	return err
}
