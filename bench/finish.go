package main

import (
	"context"
	"time"

	"github.com/ferry-project/ferry"
)

// finish is what every contender has to do in the end, in the client of its stack.
type finish struct {
	what    string // "mpirun's output": the clock stops there
	command []string
	stdin   []byte
	check   func(out string) error // an answer that is wrong is an error, not a time
}

// ferryStart is Ferry's way to the finish.
type ferryStart struct {
	ferry       ferryCLI
	application string
	finish      finish
	raw         *rawAPI
	ledger      *ledger // nil: nothing is noted
}

// runCold finds no server.
func (s ferryStart) runCold(ctx context.Context) (time.Duration, error) {
	if err := s.ferry.quit(ctx); err != nil {
		return 0, err
	}
	return s.run(ctx)
}

func (s ferryStart) run(ctx context.Context) (took time.Duration, err error) {
	before := s.spent(ctx)
	begin := time.Now()
	stack, events, err := s.ferry.start(ctx, s.application)
	if err == nil {
		err = s.ferry.finish(ctx, stack, s.finish)
	}
	took = time.Since(begin)
	if s.ledger != nil && err == nil {
		after, label := s.spent(ctx), ferry.LabelStack+"="+stack
		s.ledger.phases(events)
		s.ledger.charge("ferry", cost{
			containers: s.raw.containersCost(ctx, label),
			engine:     after.engine - before.engine, own: after.own - before.own, by: s.raw.usage(ctx, label),
		})
	}
	if gone := s.ferry.remove(ctx, stack); err == nil {
		err = gone
	}
	return took, err
}

// finish does it in a stack of Ferry's, and checks the answer.
func (f ferryCLI) finish(ctx context.Context, stack string, last finish) error {
	out, _, err := f.do(ctx, last.stdin, append([]string{"exec", stack, "--"}, last.command...)...)
	if err == nil {
		err = last.check(string(out))
	}
	return err
}

// spent counts the engine, and Ferry's commands and server.
func (s ferryStart) spent(ctx context.Context) cost {
	if s.ledger == nil {
		return cost{}
	}
	v, err := s.ferry.version(ctx)
	if err != nil {
		return cost{}
	}
	return cost{engine: engineCost(), own: s.ferry.meter.total() + serverCost(v.PID)}
}
