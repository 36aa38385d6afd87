package fake

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
)

type volume struct {
	labels map[string]string
	files  tree
}

// CreateNetwork refuses a subnet that overlaps another network's.
func (e *Engine) CreateNetwork(ctx context.Context, n engine.Network) error {
	return e.do(ctx, Call{Name: "create-network", Target: n.Name}, func() error {
		if old, ok := e.networks[n.Name]; ok {
			return sameStack(old.Labels, n.Labels)
		}
		if !e.Facts.Features.FixedAddresses {
			n.Subnet, n.Gateway = "", ""
		}
		for _, other := range e.networks {
			if overlap(other.Subnet, n.Subnet) {
				return fmt.Errorf("%w: subnet %s overlaps network %s", engine.ErrConflict, n.Subnet, other.Name)
			}
		}
		n.Labels = maps.Clone(n.Labels)
		e.networks[n.Name] = n
		return nil
	})
}

// RemoveNetwork fails with ErrConflict while a node runs on it.
func (e *Engine) RemoveNetwork(ctx context.Context, name string) error {
	return e.do(ctx, Call{Name: "remove-network", Target: name}, func() error {
		for _, n := range e.nodes {
			if n.spec.Network == name && n.alive() {
				return fmt.Errorf("%w: node %s is on it", engine.ErrConflict, n.spec.Name)
			}
		}
		delete(e.networks, name)
		return nil
	})
}

// ListNetworks lists by name.
func (e *Engine) ListNetworks(ctx context.Context) (all []engine.Network, err error) {
	err = e.do(ctx, Call{Name: "list-networks"}, func() error {
		for _, name := range sorted(e.networks) {
			n := e.networks[name]
			n.Labels = maps.Clone(n.Labels)
			all = append(all, n)
		}
		return nil
	})
	return all, err
}

// CreateVolume makes an empty volume.
func (e *Engine) CreateVolume(ctx context.Context, name string, labels map[string]string) error {
	return e.do(ctx, Call{Name: "create-volume", Target: name}, func() error {
		if old, ok := e.volumes[name]; ok {
			return sameStack(old.labels, labels)
		}
		e.volumes[name] = &volume{labels: maps.Clone(labels), files: tree{}}
		return nil
	})
}

// RemoveVolume fails with ErrConflict while a node, running or not, mounts it.
func (e *Engine) RemoveVolume(ctx context.Context, name string) error {
	return e.do(ctx, Call{Name: "remove-volume", Target: name}, func() error {
		for _, n := range e.nodes {
			if slices.ContainsFunc(n.spec.Mounts, func(m engine.Mount) bool { return m.Volume == name || e.over(m.Volume) == name }) {
				return fmt.Errorf("%w: node %s uses it", engine.ErrConflict, n.spec.Name)
			}
		}
		delete(e.volumes, name)
		return nil
	})
}

// over is what a volume stands on.
func (e *Engine) over(name string) string {
	if v, ok := e.volumes[name]; ok {
		return v.labels[ferry.LabelOver]
	}
	return ""
}

// ListVolumes lists by name.
func (e *Engine) ListVolumes(ctx context.Context, labels map[string]string) (all []engine.Volume, err error) {
	err = e.do(ctx, Call{Name: "list-volumes"}, func() error {
		for _, name := range sorted(e.volumes) {
			if v := e.volumes[name]; bears(v.labels, labels) {
				all = append(all, engine.Volume{Name: name, Labels: maps.Clone(v.labels)})
			}
		}
		return nil
	})
	return all, err
}

// sameStack is the rule for what exists already.
func sameStack(old, wanted map[string]string) error {
	if old[ferry.LabelStack] == wanted[ferry.LabelStack] {
		return nil
	}
	return fmt.Errorf("%w: it exists and belongs to %q", engine.ErrConflict, old[ferry.LabelStack])
}

// bears reports whether all wanted labels are there; an empty value takes any.
func bears(labels, wanted map[string]string) bool {
	for k, v := range wanted {
		if got, ok := labels[k]; !ok || v != "" && got != v {
			return false
		}
	}
	return true
}

// labelled is bears for a filter in one word: "key" or "key=value".
func labelled(labels map[string]string, filter string) bool {
	if filter == "" {
		return true
	}
	k, v, _ := strings.Cut(filter, "=")
	return bears(labels, map[string]string{k: v})
}

func overlap(a, b string) bool {
	pa, errA := netip.ParsePrefix(a)
	pb, errB := netip.ParsePrefix(b)
	return errA == nil && errB == nil && pa.Overlaps(pb)
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
