package fake

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/netip"
	"time"

	"github.com/ferry-project/ferry/internal/engine"
)

type node struct {
	spec    engine.Spec
	state   engine.State
	exit    int
	address string
	started time.Time
	files   tree
	log     []line
	logged  chan struct{} // closed and replaced whenever the log or the state changes
	ended   chan struct{} // closed when this life ends; made again by a start
}

func (n *node) alive() bool { return n.state == engine.Running || n.state == engine.Paused }

// CreateNode wants the image and the volumes to be there; a real engine makes
// missing volumes on its own, without labels, which nobody wants. As with a real engine
// it is two calls, "create-node" and "fill-node", so that one can be killed between.
func (e *Engine) CreateNode(ctx context.Context, s engine.Spec) error {
	files, err := readTree(bytes.NewReader(s.Files), "/")
	if err != nil {
		return fmt.Errorf("create-node %s: %w", s.Name, err)
	}
	err = e.do(ctx, Call{Name: "create-node", Target: s.Name}, func() error {
		if old, ok := e.nodes[s.Name]; ok {
			return sameStack(old.spec.Labels, s.Labels)
		}
		img, ok := e.images[full(s.Image)]
		if !ok {
			return fmt.Errorf("%w: image %s", engine.ErrNotFound, s.Image)
		}
		for _, m := range s.Mounts {
			if _, ok := e.volumes[m.Volume]; !ok {
				return fmt.Errorf("%w: volume %s", engine.ErrNotFound, m.Volume)
			}
		}
		e.nodes[s.Name] = e.newNode(s, img)
		return nil
	})
	if err != nil || len(files) == 0 {
		return err
	}
	return e.do(ctx, Call{Name: "fill-node", Target: s.Name}, func() error {
		if n, ok := e.nodes[s.Name]; ok && n.started.IsZero() {
			e.put(n, files)
		}
		return nil
	})
}

func (e *Engine) newNode(s engine.Spec, img *image) *node {
	labels := maps.Clone(img.labels)
	if labels == nil {
		labels = map[string]string{}
	}
	maps.Copy(labels, s.Labels)
	s.Labels = labels
	n := &node{spec: s, state: engine.Created, files: maps.Clone(img.files), logged: make(chan struct{})}
	if e.Facts.Features.FixedAddresses {
		n.address = cmp.Or(s.Address, e.someAddress())
	}
	return n
}

func (e *Engine) someAddress() string {
	e.serial++
	return netip.AddrFrom4([4]byte{10, 255, byte(e.serial >> 8), byte(e.serial)}).String()
}

// StartNode fails with ErrConflict when the address or a published port is
// taken by a node that runs.
func (e *Engine) StartNode(ctx context.Context, name string) error {
	begun := false
	err := e.do(ctx, Call{Name: "start-node", Target: name}, func() error {
		n, err := e.node(name)
		if err != nil || n.state == engine.Running {
			return err
		}
		if n.state == engine.Paused {
			n.state = engine.Running
			return nil
		}
		if err := e.startable(n); err != nil {
			return err
		}
		if !e.Facts.Features.FixedAddresses {
			n.address = e.someAddress()
		}
		n.state, n.exit, n.started, n.ended = engine.Running, 0, time.Now(), make(chan struct{})
		e.publish(n)
		begun = true
		return nil
	})
	if begun && e.OnStart != nil {
		e.OnStart(name)
	}
	return err
}

func (e *Engine) startable(n *node) error {
	if _, ok := e.networks[n.spec.Network]; n.spec.Network != "" && !ok {
		return fmt.Errorf("%w: network %s", engine.ErrNotFound, n.spec.Network)
	}
	for _, other := range e.nodes {
		if other != n && other.alive() && other.spec.Network == n.spec.Network && other.address == n.address {
			return fmt.Errorf("%w: address %s is in use by %s", engine.ErrConflict, n.address, other.spec.Name)
		}
		if other != n && other.alive() && samePort(other.spec, n.spec) {
			return fmt.Errorf("%w: a published port is taken by %s", engine.ErrConflict, other.spec.Name)
		}
	}
	return nil
}

func samePort(a, b engine.Spec) bool {
	for _, p := range a.Ports {
		for _, q := range b.Ports {
			if p.Host > 0 && p.Host == q.Host && p.Address == q.Address {
				return true
			}
		}
	}
	return false
}

// StopNode ends the node with code 0, or 137 without grace or when it is Stubborn.
func (e *Engine) StopNode(ctx context.Context, name string, grace time.Duration) error {
	code := 0
	if grace <= 0 || e.Stubborn != nil && e.Stubborn(name) {
		code = 137
	}
	return e.do(ctx, Call{Name: "stop-node", Target: name}, func() error {
		n, err := e.node(name)
		if err != nil {
			return err
		}
		e.end(n, code)
		return nil
	})
}

// RemoveNode removes a running node too.
func (e *Engine) RemoveNode(ctx context.Context, name string) error {
	return e.do(ctx, Call{Name: "remove-node", Target: name}, func() error {
		if n, ok := e.nodes[name]; ok {
			e.end(n, 137)
			delete(e.nodes, name)
		}
		return nil
	})
}

// ListNodes lists by name.
func (e *Engine) ListNodes(ctx context.Context, labels map[string]string) (all []engine.Node, err error) {
	err = e.do(ctx, Call{Name: "list-nodes"}, func() error {
		for _, name := range sorted(e.nodes) {
			if n := e.nodes[name]; bears(n.spec.Labels, labels) {
				all = append(all, n.view())
			}
		}
		return nil
	})
	return all, err
}

// NodeStates counts as a list-nodes.
func (e *Engine) NodeStates(ctx context.Context, labels map[string]string) (all map[string]engine.State, err error) {
	err = e.do(ctx, Call{Name: "list-nodes"}, func() error {
		all = make(map[string]engine.State, len(e.nodes))
		for name, n := range e.nodes {
			if bears(n.spec.Labels, labels) {
				all[name] = n.state
			}
		}
		return nil
	})
	return all, err
}

func (n *node) view() engine.Node {
	return engine.Node{
		Name: n.spec.Name, Image: n.spec.Image, Labels: maps.Clone(n.spec.Labels), State: n.state,
		ExitCode: n.exit, Address: n.address, Started: n.started, Memory: n.spec.Memory,
	}
}

// Kill ends a node as a crash of it would: code 137, an event, its commands and
// connections cut. A node that does not run stays as it is.
func (e *Engine) Kill(name string) { e.Exit(name, 137) }

// Exit ends a node as if its init had given that code.
func (e *Engine) Exit(name string, code int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if n, ok := e.nodes[name]; ok {
		e.end(n, code)
	}
}

// Pause freezes a running node behind Ferry's back, or thaws it.
func (e *Engine) Pause(name string, paused bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	n, ok := e.nodes[name]
	if !ok || !n.alive() {
		return
	}
	n.state = engine.Running
	if paused {
		n.state = engine.Paused
	}
}

func (e *Engine) end(n *node, code int) {
	if !n.alive() {
		return
	}
	n.state, n.exit = engine.Exited, code
	if !e.Facts.Features.FixedAddresses {
		n.address = ""
	}
	close(n.ended)
	n.wake()
	e.publish(n)
}

func (e *Engine) node(name string) (*node, error) {
	if n, ok := e.nodes[name]; ok {
		return n, nil
	}
	return nil, fmt.Errorf("%w: node %s", engine.ErrNotFound, name)
}
