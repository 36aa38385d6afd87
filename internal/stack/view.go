package stack

import (
	"context"
	"slices"
	"sync"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/engine"
)

// view is what listings show of a plan. Plans never change while their stack
// lives, so each is decoded once.
type view struct {
	services []ferry.ServiceView
	subnet   string
	ports    []int // published on the host
}

type views struct {
	mu    sync.Mutex
	known map[string]view
}

func (v *views) of(ctx context.Context, store Records, id string) (view, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if known, ok := v.known[id]; ok {
		return known, nil
	}
	rec, err := store.Find(ctx, id)
	if ferry.CodeOf(err) == ferry.NotFound {
		return view{}, nil // removed between the listing and now
	}
	if err != nil {
		return view{}, err
	}
	v.known[id] = viewOf(&rec.Plan)
	return v.known[id], nil
}

func (v *views) forget(id string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.known, id)
}

func viewOf(p *ferry.Plan) view {
	out := view{subnet: p.Network.Subnet}
	for _, s := range p.Services {
		sv := ferry.ServiceView{
			ID: s.ID, Class: s.Class, Personality: s.Spec.Personality, Name: s.Spec.Name, Parent: s.Parent,
			Count: len(s.Nodes),
		}
		for _, name := range s.Nodes {
			n, _ := p.Node(name)
			sv.Nodes = append(sv.Nodes, ferry.NodeView{
				Name: n.Name, Address: n.Address, Image: n.Ref, Ports: n.Ports, Memory: n.Resources.Memory,
			})
			for _, port := range n.Ports {
				if port.Host > 0 {
					out.ports = append(out.ports, port.Host)
				}
			}
		}
		sv.Web = webLinks(s, sv.Nodes)
		out.services = append(out.services, sv)
	}
	return out
}

func webLinks(s ferry.Planned, nodes []ferry.NodeView) []ferry.WebLink {
	var links []ferry.WebLink
	for _, w := range s.Web {
		for _, n := range nodes {
			if n.Name != w.Node {
				continue
			}
			for _, p := range n.Ports {
				if p.Container == w.Port && p.Host > 0 {
					links = append(links, ferry.WebLink{Name: w.Name, URL: "http://" + p.Reach() + w.Path})
				}
			}
		}
	}
	return links
}

// List gives every stack, its services without their nodes: those are most of
// the bytes and nobody reads them in a list. An engine that does not answer is a
// problem told with each stack, never an error.
func (m *Manager) List(ctx context.Context, all bool) ([]ferry.Stack, error) {
	stacks, err := m.recorded(ctx)
	if err != nil {
		return nil, err
	}
	live, problem := m.live(ctx, m.mine())
	out := []ferry.Stack{}
	for _, s := range stacks {
		s = m.see(s, live, problem)
		for i := range s.Services { // see has made them this stack's own
			s.Services[i].Nodes = nil
		}
		if all || s.Status != ferry.Stopped {
			out = append(out, s)
		}
	}
	return append(out, m.lostViews(ctx, stacks, live)...), nil
}

// lostViews gives the stacks that no record knows, among all: they wait for the user.
func (m *Manager) lostViews(ctx context.Context, recorded []ferry.Stack, live map[string]engine.State) []ferry.Stack {
	lost, err := m.lost(ctx)
	if err != nil {
		return nil // told with every stack already
	}
	var out []ferry.Stack
	for _, l := range without(lost, recorded) {
		s := l.view(live)
		for i := range s.Services {
			s.Services[i].Nodes = nil
		}
		out = append(out, s)
	}
	return out
}

// recorded gives every stack as its record has it, which says nothing of its nodes'
// states. The services are shared: whoever changes them has a copy of his own.
func (m *Manager) recorded(ctx context.Context) ([]ferry.Stack, error) {
	stacks, err := m.Store.List(ctx)
	for i := range stacks {
		v, err := m.views.of(ctx, m.Store, stacks[i].ID)
		if err != nil {
			stacks[i].Problems = append(stacks[i].Problems, err.Error())
		}
		stacks[i].Services = v.services
	}
	return stacks, err
}

// Inspect gives one stack with its plan.
func (m *Manager) Inspect(ctx context.Context, ref string) (api.Detail, error) {
	rec, err := m.find(ctx, ref)
	if err != nil {
		return api.Detail{}, err
	}
	live, problem := m.live(ctx, m.of(rec.Stack.ID))
	rec.Stack.Services = viewOf(&rec.Plan).services
	return api.Detail{Stack: m.see(rec.Stack, live, problem), Plan: rec.Plan}, nil
}

// live are the states of the engine's nodes by name, or the sentence why they
// are not known.
func (m *Manager) live(ctx context.Context, labels map[string]string) (map[string]engine.State, string) {
	states, err := m.states(ctx, labels)
	if err != nil {
		return nil, err.Error()
	}
	return states, ""
}

func (m *Manager) states(ctx context.Context, labels map[string]string) (map[string]engine.State, error) {
	if s, ok := m.Engine.(engine.Stater); ok {
		return s.NodeStates(ctx, labels)
	}
	nodes, err := m.Engine.ListNodes(ctx, labels)
	states := make(map[string]engine.State, len(nodes))
	for _, n := range nodes {
		states[n.Name] = n.State
	}
	return states, err
}

// see adds to a stack what the engine says of its nodes, and what is owed to its record.
func (m *Manager) see(s ferry.Stack, live map[string]engine.State, problem string) ferry.Stack {
	s = see(s, live, problem)
	if owed := m.ledger.problem(s.ID); owed != "" {
		s.Problems = append(s.Problems, owed)
	}
	return s
}

// see adds to a stack what the engine says of its nodes.
func see(s ferry.Stack, live map[string]engine.State, problem string) ferry.Stack {
	services := slices.Clone(s.Services)
	var down []string
	for i := range services {
		services[i].Nodes = slices.Clone(services[i].Nodes)
		for j := range services[i].Nodes {
			n := &services[i].Nodes[j]
			n.State = stateOf(live, "ferry-"+s.ID+"-"+n.Name, problem)
			if n.State != string(engine.Running) {
				down = append(down, n.Name+" is "+n.State)
			}
		}
	}
	s.Services = services
	if problem != "" {
		s.Problems = append(s.Problems, problem)
	}
	if s.Status == ferry.Running && len(down) > 0 {
		s.Status = ferry.Degraded
		if problem == "" {
			s.Problems = append(s.Problems, down...)
		}
	}
	return s
}

func stateOf(live map[string]engine.State, container, problem string) string {
	if problem != "" {
		return "unknown"
	}
	if state, ok := live[container]; ok {
		return string(state)
	}
	return "missing"
}
