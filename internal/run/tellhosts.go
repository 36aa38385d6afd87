package run

import (
	"context"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
)

// teller tells nodes the addresses that engines have given them.
type teller struct{ *walk }

// write writes the file of names of every node that runs, as the engines say it now.
func (k teller) write(ctx context.Context) error {
	addresses, err := k.addresses(ctx)
	if err != nil {
		return err
	}
	hosts := ferry.File{Path: ferry.HostsPath, Content: ferry.HostsText(func(yield func(string, string) bool) {
		for _, n := range k.everybody() {
			if !yield(n.Name, addresses[n.Container]) {
				return
			}
		}
	})}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(k.Parallel)
	for _, n := range k.everybody() {
		if addresses[n.Container] != "" {
			g.Go(func() error { return k.tellNode(ctx, n, hosts) })
		}
	}
	return g.Wait()
}

// everybody are the nodes of the plan, and those that leave: until they have, they are
// spoken with.
func (k teller) everybody() []ferry.Node {
	all := slices.Clone(k.graph.Plan.Nodes)
	if k.graph.From == nil {
		return all
	}
	for _, n := range k.graph.From.Nodes {
		if _, stays := k.graph.Plan.Node(n.Name); !stays {
			all = append(all, n)
		}
	}
	return all
}

// addresses are those of all nodes of the stack that run, by the engines' names.
func (k teller) addresses(ctx context.Context) (map[string]string, error) {
	all, asked := map[string]string{}, map[string]bool{}
	for _, n := range k.graph.Plan.Nodes {
		if asked[n.Host] {
			continue
		}
		asked[n.Host] = true
		nodes, err := k.at(n).ListNodes(ctx, map[string]string{ferry.LabelStack: k.graph.Plan.Stack})
		if err != nil {
			return nil, err
		}
		for _, found := range nodes {
			if found.State == engine.Running {
				all[found.Name] = found.Address
			}
		}
	}
	return all, nil
}

func (k teller) tellNode(ctx context.Context, n ferry.Node, hosts ferry.File) error {
	if err := k.put(ctx, n, []ferry.File{hosts}); err != nil {
		return err
	}
	return k.inForce(ctx, n)
}

// inForce puts a node's file of names over /etc/hosts, which is a mount of the engine's: it
// can be written to and not be replaced.
func (k teller) inForce(ctx context.Context, n ferry.Node) error {
	code, err := k.at(n).Exec(ctx, n.Container, engine.Exec{Command: []string{"/bin/sh", "-c", "cat " + ferry.HostsPath + " > /etc/hosts"}})
	if err == nil && code != 0 {
		return ferry.Errorf(ferry.Failed, "write /etc/hosts of %s: exit code %d", n.Name, code)
	}
	return err
}
