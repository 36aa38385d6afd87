package stack

import (
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/app"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/engine/fitness"
	"github.com/ferry-project/ferry/internal/plan"
	"github.com/ferry-project/ferry/internal/state"
)

// dryID stands for the id a stack would get, so that a plan printed twice is
// the same twice.
const dryID = "sa-00000000"

// Plan says what Start would do.
func (m *Manager) Plan(ctx context.Context, s api.Source) (api.Proposal, error) {
	doc, err := m.open(s)
	if err != nil {
		return api.Proposal{}, err
	}
	p, err := m.plan(ctx, doc, s, dryID, "")
	if err != nil {
		return api.Proposal{}, err
	}
	ops, err := plan.Change(plan.Past{}, plan.Goal{Plan: &p}, plan.Have{})
	return api.Proposal{Plan: p, Ops: ops}, err
}

// plan decodes, observes and plans. Faults of every step are placed in the file.
func (m *Manager) plan(ctx context.Context, doc *app.Document, s api.Source, id, name string) (ferry.Plan, error) {
	application, err := m.application(ctx, doc, s)
	if err != nil {
		return ferry.Plan{}, err
	}
	in, err := m.input(ctx, id, name, application)
	if err != nil {
		return ferry.Plan{}, err
	}
	p, err := plan.New(in)
	return p, placed(err, doc.Locate)
}

// placed has the faults of a plan say where in the user's file they are.
func placed(err error, locate func(error) error) error {
	if _, ok := errors.AsType[ferry.Faults](err); ok {
		return locate(err)
	}
	return err
}

// input is all that a plan of an application for the stack id depends on, as of now.
func (m *Manager) input(ctx context.Context, id, name string, a ferry.Application) (plan.Input, error) {
	host, observed, err := m.observe(ctx, id)
	return plan.Input{
		Stack: id, Name: name, Application: a, Host: host,
		Catalogue: m.catalogue, Images: m.refs, Pool: m.pool, Observed: observed,
	}, err
}

// observe looks at the engine and the host once, before anything is decided for
// the stack id.
func (m *Manager) observe(ctx context.Context, id string) (ferry.Host, plan.Observed, error) {
	var o plan.Observed
	info, err := m.engine.Info(ctx)
	if err != nil {
		return ferry.Host{}, o, engine.Explain(err)
	}
	if o.Subnets, err = m.subnets(ctx); err != nil {
		return ferry.Host{}, o, engine.Explain(err)
	}
	o.Ports = m.listening()
	return hostOf(info), o, m.reserve(ctx, id, &o)
}

func hostOf(info engine.Info) ferry.Host {
	return ferry.Host{ID: ferry.LocalHost, Memory: info.Memory, CPUs: info.CPUs, Assigns: !info.Features.FixedAddresses, Lacks: fitness.Lacks(info)}
}

// subnets are those of the engine's networks, of this host's interfaces, and of
// every stack, whether its network is there yet or not.
func (m *Manager) subnets(ctx context.Context) ([]string, error) {
	networks, err := m.engine.ListNetworks(ctx)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, n := range networks {
		out = append(out, n.Subnet)
	}
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return nil, fmt.Errorf("list the host's addresses: %w", err)
	}
	for _, a := range addrs {
		out = append(out, a.String())
	}
	return out, nil
}

// reserve adds what the other stacks of this home have, running or not: a
// stopped stack gets its addresses and ports again.
func (m *Manager) reserve(ctx context.Context, id string, o *plan.Observed) error {
	stacks, err := m.store.List(ctx)
	if err != nil {
		return err
	}
	for _, s := range stacks {
		if s.ID == id {
			continue
		}
		if len(s.Problems) > 0 {
			return ferry.Errorf(ferry.Failed, "what addresses and ports %s has is not known: %s", s.ID, s.Problems[0])
		}
		o.Subnets = append(o.Subnets, s.Listing.Subnets...)
		o.Ports = append(o.Ports, s.Listing.Ports...)
	}
	return m.reserveLost(ctx, o)
}

// reserveLost adds what those stacks have that may be adopted again.
func (m *Manager) reserveLost(ctx context.Context, o *plan.Observed) error {
	lost, err := m.inventory.Lost(ctx)
	if err != nil {
		return err
	}
	for _, l := range lost {
		if p, err := l.Plan(); err == nil {
			has := state.ListingOf(p)
			o.Subnets, o.Ports = append(o.Subnets, has.Subnets...), append(o.Ports, has.Ports...)
		}
	}
	return nil
}
