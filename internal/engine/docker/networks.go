package docker

import (
	"context"
	"fmt"
	"net/netip"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/engine/docker/direct"
)

// CreateNetwork looks first: engines before 25 would make a second network of
// the same name. Docker makes networks one after the other anyway.
func (e *Engine) CreateNetwork(ctx context.Context, n engine.Network) error {
	e.creating.Lock()
	defer e.creating.Unlock()
	return e.call(ctx, "create network "+n.Name, func(ctx context.Context, cli *client.Client) error {
		old, err := cli.NetworkInspect(ctx, n.Name, client.NetworkInspectOptions{})
		if err == nil && old.Network.Name == n.Name {
			return sameStack(old.Network.Labels, n.Labels)
		}
		if err != nil && !errdefs.IsNotFound(err) {
			return err
		}
		ipam, err := addresses(n)
		if err != nil {
			return err
		}
		_, err = cli.NetworkCreate(ctx, n.Name, client.NetworkCreateOptions{
			Driver: "bridge", IPAM: ipam, Options: driverOptions(n), Labels: n.Labels,
		})
		return err
	})
}

func driverOptions(n engine.Network) map[string]string {
	if !n.Private {
		return nil
	}
	return map[string]string{direct.InhibitIPv4: "true"}
}

func addresses(n engine.Network) (*network.IPAM, error) {
	if n.Subnet == "" {
		return nil, nil
	}
	subnet, err := netip.ParsePrefix(n.Subnet)
	if err != nil {
		return nil, err
	}
	conf := network.IPAMConfig{Subnet: subnet}
	if n.Gateway != "" {
		if conf.Gateway, err = netip.ParseAddr(n.Gateway); err != nil {
			return nil, err
		}
	}
	return &network.IPAM{Config: []network.IPAMConfig{conf}}, nil
}

// RemoveNetwork fails with ErrConflict while a node runs on it.
func (e *Engine) RemoveNetwork(ctx context.Context, name string) error {
	return e.call(ctx, "remove network "+name, func(ctx context.Context, cli *client.Client) error {
		_, err := cli.NetworkRemove(ctx, name, client.NetworkRemoveOptions{})
		return unlessGone(err)
	})
}

// ListNetworks lists a network with several IPv4 subnets once for each.
func (e *Engine) ListNetworks(ctx context.Context) (all []engine.Network, err error) {
	err = e.call(ctx, "list networks", func(ctx context.Context, cli *client.Client) error {
		r, err := cli.NetworkList(ctx, client.NetworkListOptions{})
		for _, n := range r.Items {
			all = append(all, views(n.Network)...)
		}
		return err
	})
	return all, err
}

func views(n network.Network) []engine.Network {
	var out []engine.Network
	for _, c := range n.IPAM.Config {
		if !c.Subnet.Addr().Is4() {
			continue
		}
		v := engine.Network{Name: n.Name, Subnet: c.Subnet.String(), Labels: n.Labels}
		if c.Gateway.IsValid() {
			v.Gateway = c.Gateway.String()
		}
		out = append(out, v)
	}
	if out == nil {
		out = []engine.Network{{Name: n.Name, Labels: n.Labels}}
	}
	return out
}

// sameStack is the rule for what exists already.
func sameStack(old, wanted map[string]string) error {
	if old[ferry.LabelStack] == wanted[ferry.LabelStack] {
		return nil
	}
	if old[ferry.LabelStack] == "" {
		return fmt.Errorf("%w: one of that name exists already, and not by Ferry", engine.ErrConflict)
	}
	return fmt.Errorf("%w: one of that name exists already, of stack %s", engine.ErrConflict, old[ferry.LabelStack])
}

// bearing filters for labels; an empty value takes any.
func bearing(labels map[string]string) client.Filters {
	f := make(client.Filters)
	for k, v := range labels {
		if v != "" {
			k += "=" + v
		}
		f.Add("label", k)
	}
	return f
}
