package inventory

import (
	"context"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/state"
)

// List returns every stack, its services without their nodes: those are most of
// the bytes and nobody reads them in a list. An engine that does not answer is a
// problem of each stack, never an error.
func (v *Inventory) List(ctx context.Context, all bool) ([]ferry.Stack, error) {
	stacks, err := v.Records.List(ctx)
	if err != nil {
		return nil, err
	}
	live := v.live(ctx, v.Mine())
	out := []ferry.Stack{}
	for _, s := range stacks {
		if seen := v.see(s.Stack, s.Listing, live); all || seen.Status != ferry.Stopped {
			out = append(out, seen)
		}
	}
	return append(out, v.lostViews(ctx, stacks)...), nil
}

// lostViews returns the stacks that no record knows, among all: they wait for the user.
func (v *Inventory) lostViews(ctx context.Context, recorded []state.Listed) []ferry.Stack {
	lost, err := v.Lost(ctx)
	if err != nil {
		return nil // a problem of every stack already
	}
	var out []ferry.Stack
	for _, l := range without(lost, recorded) {
		out = append(out, l.view())
	}
	return out
}

// Inspect returns one stack with its nodes and its plan.
func (v *Inventory) Inspect(ctx context.Context, ref string) (api.Detail, error) {
	rec, err := v.Find(ctx, ref)
	if err != nil {
		return api.Detail{}, err
	}
	live, listing := v.live(ctx, v.Of(rec.ID)), state.ListingOf(&rec.Plan)
	for i, s := range rec.Plan.Services {
		listing.Services[i].Nodes = nodeViews(&rec.Plan, s, live)
	}
	return api.Detail{Stack: v.see(rec.Stack(), listing, live), Plan: rec.Plan}, nil
}

func nodeViews(p *ferry.Plan, s ferry.Planned, live states) []ferry.NodeView {
	var out []ferry.NodeView
	for _, name := range s.Nodes {
		n, _ := p.Node(name)
		out = append(out, ferry.NodeView{
			Name: n.Name, Address: n.Address, Container: n.Container, Image: n.Ref, Ports: n.Ports,
			Memory: n.Resources.Memory, State: live.of(n.Container),
		})
	}
	return out
}

// states are those of the engine's nodes by the engine's names for them.
type states struct {
	known   map[string]engine.State
	problem string // why they are not known; "": they are
}

func (v *Inventory) live(ctx context.Context, labels map[string]string) states {
	known, err := v.Engine.NodeStates(ctx, labels)
	if err != nil {
		return states{problem: err.Error()}
	}
	return states{known: known}
}

// of returns the state of one node in the words of a listing.
func (s states) of(container string) string {
	if s.problem != "" {
		return "unknown"
	}
	if state, ok := s.known[container]; ok {
		return string(state)
	}
	return "missing"
}

// see adds to a stack its listing, what the engine says of its nodes, and what is owed to
// its record.
func (v *Inventory) see(s ferry.Stack, l state.Listing, live states) ferry.Stack {
	s.Services = l.Services
	s = see(s, l.Nodes, live)
	if owed := v.Owed.Problem(s.ID); owed != "" {
		s.Problems = append(s.Problems, owed)
	}
	return s
}

// see adds to a stack what the engine says of its nodes.
func see(s ferry.Stack, nodes state.ListedNodes, live states) ferry.Stack {
	var down []string
	for _, n := range nodes {
		if now := live.of(n.Container); now != string(engine.Running) {
			down = append(down, n.Name+" is "+now)
		}
	}
	if live.problem != "" {
		s.Problems = append(s.Problems, live.problem)
	}
	if s.Status == ferry.Running && len(down) > 0 {
		s.Status = ferry.Degraded
		if live.problem == "" {
			s.Problems = append(s.Problems, down...)
		}
	}
	return s
}
