package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/secret"
)

// floor is what nobody can go below: the containers of Ferry's plan made by the
// raw API, all at once, and the service's own commands, each at the first moment
// it can do its work. No record, no check, no event, no process of a client.
type floor struct {
	ferry       ferryCLI
	application string
	api         *rawAPI
	finish      finish
	ledger      *ledger
	awaits      []string // the network probes without which the finish cannot succeed
}

func (f floor) run(ctx context.Context) (time.Duration, error) {
	p, err := f.ferry.plan(ctx, f.application) // again: its subnet has to be free
	if err != nil {
		return 0, err
	}
	before := engineCost()
	begin := time.Now()
	out, err := f.bringUp(ctx, p)
	took := time.Since(begin)
	if err == nil {
		f.ledger.charge("floor", cost{
			containers: f.api.containersCost(ctx, f.api.label), engine: engineCost() - before, by: f.api.usage(ctx, f.api.label),
		})
		err = f.finish.check(out)
	}
	return took, errors.Join(err, f.api.remove(ctx, f.api.label))
}

func (f floor) bringUp(ctx context.Context, p ferry.Plan) (string, error) {
	v, err := secret.Generate(secretsOf(p))
	if err != nil {
		return "", err
	}
	if err := f.api.makeNetwork(ctx, p.Network); err != nil {
		return "", err
	}
	g, all := errgroup.WithContext(ctx)
	w := work{api: f.api, plan: p, done: map[string]chan struct{}{}, group: g, awaits: f.awaits, values: v}
	for _, n := range p.Nodes {
		w.later(all, "start "+n.Name, nil, func() error { return f.api.makeNode(all, p.Network.Name, n, v) })
	}
	for _, s := range p.Services {
		w.serviceWork(all, s)
	}
	if err := g.Wait(); err != nil {
		return "", err
	}
	client := clientOf(p)
	return f.api.exec(ctx, client.Container, command{Cmd: f.finish.command, User: client.Login, WorkingDir: client.Home, Stdin: f.finish.stdin})
}

func secretsOf(p ferry.Plan) (all []ferry.Secret) {
	for _, s := range p.Services {
		all = append(all, s.Secrets...)
	}
	return all
}

func clientOf(p ferry.Plan) ferry.Node {
	for _, s := range p.Services {
		if s.Class == ferry.Connector {
			n, _ := p.Node(s.Nodes[0])
			return n
		}
	}
	return ferry.Node{}
}

// work is what has been begun; done[x] is closed when x has succeeded.
type work struct {
	api    *rawAPI
	plan   ferry.Plan
	done   map[string]chan struct{}
	group  *errgroup.Group
	awaits []string
	values secret.Values
}

func (w work) later(ctx context.Context, name string, after []string, do func() error) {
	var waits []chan struct{}
	for _, a := range after {
		waits = append(waits, w.done[a])
	}
	done := make(chan struct{})
	w.done[name] = done
	w.group.Go(func() error {
		for _, c := range waits {
			select {
			case <-c:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		if err := do(); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		close(done)
		return nil
	})
}

// serviceWork runs the commands that make a service and prove it, in file order:
// what comes after something stands behind it. Hooks of users and probes that
// only look again are Ferry's, not the service's.
func (w work) serviceWork(ctx context.Context, s ferry.Planned) {
	for _, t := range s.Tasks {
		if (t.When == ferry.FirstStart || t.When == ferry.EveryStart) && !strings.HasPrefix(t.Name, "start-hooks") {
			do := w.command(ctx, t.Node, t.User, t.Command)
			if t.Ask != nil { // until the node lets somebody in
				ask := w.conversation(ctx, t.Node, *t.Ask)
				do = func() error { return again(ctx, ask) }
			}
			w.step(ctx, s, t.Name, t.Node, t.After, do)
		}
	}
	var proofs []string
	for _, p := range s.Probes {
		switch {
		case slices.Contains(w.awaits, p.Name):
			proofs = append(proofs, p.Name)
			w.step(ctx, s, p.Name, p.Node, p.After, w.answer(ctx, p))
		case p.Ask == nil:
			w.step(ctx, s, p.Name, p.Node, p.After, w.command(ctx, p.Node, p.User, p.Command))
		}
	}
	if len(proofs) > 0 {
		w.step(ctx, s, "ready "+s.Nodes[0], s.Nodes[0], proofs, func() error { return nil })
	}
}

// step does something of a service in a node, after what the plan says; what the
// floor does not do is not waited for.
func (w work) step(ctx context.Context, s ferry.Planned, name, node string, after []string, do func() error) {
	names := []string{"start " + node}
	for _, a := range after {
		for _, known := range []string{s.ID + " " + a, a} {
			if _, ok := w.done[known]; ok {
				names = append(names, known)
			}
		}
	}
	if !strings.HasPrefix(name, "ready ") { // of any service, others wait for it
		name = s.ID + " " + name
	}
	w.later(ctx, name, names, do)
}

func (w work) command(ctx context.Context, node, user string, cmd []string) func() error {
	n, _ := w.plan.Node(node)
	return func() error {
		_, err := w.api.exec(ctx, n.Container, command{Cmd: cmd, User: user})
		return err
	}
}
