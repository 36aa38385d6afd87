package planning

import (
	"context"
	"fmt"
	"net"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/engine/fitness"
	"github.com/ferry-project/ferry/internal/plan"
	"github.com/ferry-project/ferry/internal/state"
)

// input is all that a plan of an application for the stack id depends on, as of now.
func (p *Planner) input(ctx context.Context, id, name string, a ferry.Application) (plan.Input, error) {
	host, observed, err := p.observe(ctx, id)
	return plan.Input{
		Stack: id, Name: name, Application: a, Host: host,
		Catalogue: p.Catalogue, Images: p.Refs, Pool: p.Pool, Observed: observed,
	}, err
}

// observe looks at the engine and the host once, before anything is decided for
// the stack id.
func (p *Planner) observe(ctx context.Context, id string) (ferry.Host, plan.Observed, error) {
	var o plan.Observed
	info, err := p.Engine.Info(ctx)
	if err != nil {
		return ferry.Host{}, o, engine.Explain(err)
	}
	if o.Subnets, err = p.subnets(ctx); err != nil {
		return ferry.Host{}, o, engine.Explain(err)
	}
	o.Ports = p.Listening()
	return hostOf(info), o, p.reserve(ctx, id, &o)
}

func hostOf(info engine.Info) ferry.Host {
	return ferry.Host{ID: ferry.LocalHost, Memory: info.Memory, CPUs: info.CPUs, Assigns: !info.Features.FixedAddresses, Lacks: fitness.Lacks(info)}
}

// subnets are those of the engine's networks, of this host's interfaces, and of
// every stack, whether its network is there yet or not.
func (p *Planner) subnets(ctx context.Context) ([]string, error) {
	networks, err := p.Engine.ListNetworks(ctx)
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
func (p *Planner) reserve(ctx context.Context, id string, o *plan.Observed) error {
	stacks, err := p.Records.List(ctx)
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
	return p.reserveLost(ctx, o)
}

// reserveLost adds what those stacks have that may be adopted again.
func (p *Planner) reserveLost(ctx context.Context, o *plan.Observed) error {
	lost, err := p.Inventory.Lost(ctx)
	if err != nil {
		return err
	}
	for _, l := range lost {
		if lost, err := l.Plan(); err == nil {
			has := state.ListingOf(lost)
			o.Subnets, o.Ports = append(o.Subnets, has.Subnets...), append(o.Ports, has.Ports...)
		}
	}
	return nil
}
