package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ferry-project/ferry"
)

// ledger notes where the time goes: the phases of Ferry's own events, and the
// processor time of everybody.
type ledger struct {
	done, took map[string]samples // per operation: when it was done after the job's beginning; how long it took
	walks      samples
	path       []ferry.Step
	costs      map[string][]cost
}

func newLedger() *ledger {
	return &ledger{done: map[string]samples{}, took: map[string]samples{}, costs: map[string][]cost{}}
}

func (l *ledger) charge(who string, c cost) { l.costs[who] = append(l.costs[who], c) }

// phases notes the events of one start.
func (l *ledger) phases(events []ferry.Event) {
	var begin time.Time
	for _, e := range events {
		switch e.Kind {
		case ferry.JobStarted:
			begin = e.Time
		case ferry.OpDone:
			l.done[e.Op] = append(l.done[e.Op], e.Time.Sub(begin))
			l.took[e.Op] = append(l.took[e.Op], e.Took)
		case ferry.JobEnded:
			l.walks = append(l.walks, e.Time.Sub(begin))
			l.path = e.Path
		}
	}
}

// print lists the phases in the order of their ends, and the costs until what
// stopped the clock.
func (l *ledger) print(w io.Writer, what string) {
	var ops []string
	for op := range l.done {
		if !strings.HasPrefix(op, "ready ") {
			ops = append(ops, op)
		}
	}
	slices.SortFunc(ops, func(a, b string) int { return int(l.done[a].median() - l.done[b].median()) })
	fmt.Fprintln(w, "Ferry's start, medians: when an operation was done, how long it took")
	for _, op := range ops {
		fmt.Fprintf(w, "  %8s  %8s  %s\n", seconds(l.done[op].median()), seconds(l.took[op].median()), op)
	}
	fmt.Fprintf(w, "  %8s            the job's end\n", seconds(l.walks.median()))
	var steps []string
	for _, s := range l.path {
		steps = append(steps, fmt.Sprintf("%s %s", s.Op, seconds(s.Took)))
	}
	fmt.Fprintf(w, "critical path of the last start: %s\n", strings.Join(steps, " → "))
	fmt.Fprintf(w, "processor time until %s, medians (engine: all its work, also for others)\n", what)
	for _, who := range slices.Sorted(maps.Keys(l.costs)) {
		fmt.Fprintf(w, "  %-14s containers %s, engine %s, own processes %s\n", who,
			seconds(l.median(who, func(c cost) time.Duration { return c.containers })),
			seconds(l.median(who, func(c cost) time.Duration { return c.engine })),
			seconds(l.median(who, func(c cost) time.Duration { return c.own })))
	}
	by := map[string]usage{}
	for who, costs := range l.costs {
		var rounds usages
		for _, c := range costs {
			rounds = append(rounds, c.by)
		}
		by[who] = rounds.medians()
	}
	printDaemons(w, by)
}

func (l *ledger) median(who string, part func(cost) time.Duration) time.Duration {
	var all samples
	for _, c := range l.costs[who] {
		all = append(all, part(c))
	}
	return all.median()
}
