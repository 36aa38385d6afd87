package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/engine/fake"
	"github.com/ferry-project/ferry/internal/plan"
	"github.com/ferry-project/ferry/internal/server"
	"github.com/ferry-project/ferry/internal/state"
)

const (
	nodesEach = 10
	psGoal    = 50 * time.Millisecond
)

// manyStacks times the binary's `ferry ps`, process and all, against a server
// with many stacks on the engine in memory: what Ferry itself costs.
func manyStacks(ctx context.Context, o options) ([]row, error) {
	f := newFerry(o)
	f.home += "-many"
	ctx, quit := context.WithCancel(ctx)
	defer quit()
	e := fake.New()
	if err := populate(ctx, o, f.home, e); err != nil {
		return nil, fmt.Errorf("make %d stacks: %w", o.stacks, err)
	}
	ended := make(chan error, 1)
	go func() {
		ended <- server.Run(ctx, server.Config{Home: f.home, Version: "bench", Engine: e, Log: slog.New(slog.DiscardHandler)})
	}()
	first, err := f.firstPs(ctx, o.stacks)
	if err != nil {
		return nil, err
	}
	all, err := interleave(ctx, options{rounds: 4 * o.rounds, verbose: o.verbose}, []contender{
		{"ps", func(ctx context.Context) (time.Duration, error) { return f.ps(ctx, o.stacks) }},
		{"version", f.bare},
	})
	spent := f.psCost(ctx, o)
	quit()
	what := fmt.Sprintf("ferry ps, %d stacks and %d nodes", o.stacks, o.stacks*nodesEach)
	return []row{
		goalRow(what, 1, all["ps"], psGoal),
		goalRow("the same in processor time, client and server", 0, spent, psGoal),
		goalRow("ferry ps, first call after the server's start", 0, samples{first}, psGoal),
		newRow("ferry ps; beside a command that asks for nothing (ferry version --client)", 0, all["ps"], all["version"]),
	}, errors.Join(err, <-ended)
}

// firstPs is what a user waits for who asks a server that has only just begun.
func (f ferryCLI) firstPs(ctx context.Context, stacks int) (time.Duration, error) {
	socket := server.PathsOf(f.home).Socket
	err := until(ctx, func() bool { return exists(socket) })
	if err != nil {
		return 0, fmt.Errorf("wait for the server's socket: %w", err)
	}
	return f.ps(ctx, stacks)
}

func (f ferryCLI) ps(ctx context.Context, stacks int) (time.Duration, error) {
	begin := time.Now()
	out, talk, err := f.do(ctx, nil, "ps")
	took := time.Since(begin)
	if err != nil {
		return 0, err
	}
	if n := lines(out) - 1; n != stacks {
		return 0, fmt.Errorf("ferry ps lists %d stacks, not %d: %s", n, stacks, lastLine(talk))
	}
	return took, nil
}

// psCost is the processor time of a call: of the command (a child of this process) and of
// the server with its engine in memory, which are this process.
func (f ferryCLI) psCost(ctx context.Context, o options) (all samples) {
	for range o.rounds {
		before := serverCost(os.Getpid())
		for range 10 {
			if _, err := f.ps(ctx, o.stacks); err != nil {
				return all
			}
		}
		all = append(all, (serverCost(os.Getpid())-before)/10)
	}
	return all
}

func (f ferryCLI) bare(ctx context.Context) (time.Duration, error) {
	begin := time.Now()
	_, _, err := f.do(ctx, nil, "version", "--client")
	return time.Since(begin), err
}

// populate writes the records and makes the nodes, all of them running.
func populate(ctx context.Context, o options, home string, e *fake.Engine) (err error) {
	e.AddImage("base", nil)
	store, err := state.Open(server.PathsOf(home).Store, time.Now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	for i := range o.stacks {
		p, err := planOf(trivial{}, nodesEach, plan.Input{
			Stack: fmt.Sprintf("sa-%08x", i), Images: map[string]string{"base": "base"},
		})
		if err != nil {
			return err
		}
		r := state.Record{
			ID: p.Stack, Application: "bench", Status: ferry.Running, Intent: ferry.WantRunning,
			Formed: []string{p.Services[0].ID}, Plan: p,
		}
		if err := store.Create(ctx, r); err != nil {
			return err
		}
		if err := inhabit(ctx, e, p, server.Label(home)); err != nil {
			return err
		}
	}
	return nil
}

func inhabit(ctx context.Context, e *fake.Engine, p ferry.Plan, home string) error {
	for _, n := range p.Nodes {
		err := e.CreateNode(ctx, engine.Spec{Name: n.Container, Image: "base", Labels: map[string]string{
			ferry.LabelFerry: "bench", ferry.LabelHome: home, ferry.LabelStack: p.Stack, ferry.LabelNode: n.Name,
		}})
		if err != nil {
			return err
		}
		if err := e.StartNode(ctx, n.Container); err != nil {
			return err
		}
	}
	return nil
}
