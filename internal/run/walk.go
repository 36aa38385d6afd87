package run

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/ferry-project/ferry"
)

// walk is one walk under way.
type walk struct {
	*Walker
	graph   Graph
	deaths  *deaths
	results chan outcome
}

// outcome of one operation.
type outcome struct {
	index      int
	op         ferry.Op
	start, end time.Time
	err        error // nil or *ferry.Error
}

// all hands out operations until none is left, one has failed or ctx has ended,
// and waits for those in flight. It returns what was done.
func (k *walk) all(ctx context.Context) (done []outcome, err error) {
	s := newSchedule(k.graph.Ops, slots{calls: k.Parallel, removals: parallelRemovals, waits: parallelWaits})
	waitCtx, stopWaits := context.WithCancel(ctx)
	defer stopWaits()
	var faults []error
	running := k.handOut(ctx, waitCtx, s)
	for ; running > 0; running-- {
		o := <-k.results
		switch {
		case o.err == nil || o.op.Optional && ctx.Err() == nil:
			s.finish(o.index)
			done = append(done, o)
		case ctx.Err() != nil:
			// not its own fault
		case len(faults) == 0 || !errors.Is(o.err, context.Canceled):
			if !said(faults, o.err) {
				faults = append(faults, o.err)
			}
			stopWaits()
		}
		if len(faults) == 0 {
			running += k.handOut(ctx, waitCtx, s)
		}
	}
	return done, k.result(ctx, len(done), faults)
}

// said: several operations may fail for one reason, a full disk for one.
func said(faults []error, err error) bool {
	return slices.ContainsFunc(faults, func(f error) bool { return f.Error() == err.Error() })
}

// handOut starts what may start now and returns how many that is.
func (k *walk) handOut(ctx, waitCtx context.Context, s *schedule) (started int) {
	for ctx.Err() == nil {
		i, ok := s.take()
		if !ok {
			break
		}
		if laneOf(k.graph.Ops[i].Do) == waits {
			go func() { k.results <- k.perform(waitCtx, i) }()
		} else {
			go func() { k.results <- k.performCall(ctx, i) }()
		}
		started++
	}
	return started
}

// callPatience is how long a call may go on after its walk was cancelled.
const callPatience = 30 * time.Second

// performCall lets a call end although ctx does: an engine goes on with what it
// was asked for when the caller hangs up, and what it made then would come too
// late for the undoing to see it.
func (k *walk) performCall(ctx context.Context, i int) outcome {
	call, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	defer context.AfterFunc(ctx, func() {
		patience := time.NewTimer(callPatience)
		defer patience.Stop()
		select {
		case <-patience.C:
			end()
		case <-call.Done():
		}
	})()
	return k.perform(call, i)
}

// result is the error of a walk, nil when everything was done.
func (k *walk) result(ctx context.Context, done int, faults []error) error {
	switch {
	case len(faults) == 1:
		return faults[0]
	case len(faults) > 1:
		return errors.Join(faults...)
	case ctx.Err() != nil && done < len(k.graph.Ops):
		return &ferry.Error{Code: ferry.Interrupted, Message: "interrupted", Err: ctx.Err()}
	}
	return nil
}

// perform does one operation, with its events.
func (k *walk) perform(ctx context.Context, i int) outcome {
	op := k.graph.Ops[i]
	o := outcome{index: i, op: op, start: k.Now()}
	k.tell(op, ferry.Event{Kind: ferry.OpStarted, Message: op.Why})
	err := k.guarded(ctx, op)
	o.end = k.Now()
	took := o.end.Sub(o.start)
	if err == nil {
		k.Log.DebugContext(ctx, "operation done", "job", k.graph.Job, "op", op.ID, "took", took)
		k.tell(op, ferry.Event{Kind: ferry.OpDone, Took: took})
		return o
	}
	fault := k.fault(op.ID, err)
	o.err = fault
	k.Log.WarnContext(ctx, "operation failed", "job", k.graph.Job, "op", op.ID, "took", took, "err", fault)
	k.tell(op, ferry.Event{Kind: ferry.OpFailed, Took: took, Message: fault.Message, Error: fault})
	return o
}
