package main

import (
	"context"
	"errors"
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
	a, err := s.ferry.arrive(ctx, s.application, s.finish)
	if err == nil {
		s.charge(ctx, a, before)
	}
	return a.took, errors.Join(err, s.ferry.remove(ctx, a.stack))
}

// charge notes the phases and the cost of a start.
func (s ferryStart) charge(ctx context.Context, a arrival, before cost) {
	if s.ledger == nil {
		return
	}
	after, label := s.spent(ctx), ferry.LabelStack+"="+a.stack
	s.ledger.phases(a.events)
	s.ledger.charge("ferry", cost{
		containers: s.raw.containersCost(ctx, label),
		engine:     after.engine - before.engine, own: after.own - before.own, by: s.raw.usage(ctx, label),
	})
}

// arrival is a stack that was started, and the finish done in it; times are from its begin.
type arrival struct {
	stack       string
	events      []ferry.Event
	begin       time.Time
	ready, took time.Duration
}

// arrive starts an application, or a stopped stack, and does the finish.
func (f ferryCLI) arrive(ctx context.Context, what string, last finish) (a arrival, err error) {
	a.begin = time.Now()
	a.stack, a.events, err = f.start(ctx, what)
	a.ready = time.Since(a.begin)
	if err == nil {
		err = f.finish(ctx, a.stack, last)
	}
	a.took = time.Since(a.begin)
	return a, err
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
