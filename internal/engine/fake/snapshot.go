package fake

import "github.com/ferry-project/ferry/internal/engine"

// Snapshot is what an engine holds, each by name in order.
type Snapshot struct {
	Images   []string
	Networks []string
	Volumes  []string
	Nodes    []string
	Running  []string // those of Nodes that run
}

// Snapshot returns what is there now.
func (e *Engine) Snapshot() Snapshot {
	e.mu.Lock()
	defer e.mu.Unlock()
	s := Snapshot{Images: sorted(e.images), Networks: sorted(e.networks), Volumes: sorted(e.volumes), Nodes: sorted(e.nodes)}
	for _, name := range s.Nodes {
		if e.nodes[name].state == engine.Running {
			s.Running = append(s.Running, name)
		}
	}
	return s
}

// Left lists every node, network and volume that is still there: "node x". A
// test that has removed its stack wants none.
func (e *Engine) Left() []string {
	s := e.Snapshot()
	var left []string
	for _, kind := range []struct {
		word  string
		names []string
	}{{"node", s.Nodes}, {"network", s.Networks}, {"volume", s.Volumes}} {
		for _, name := range kind.names {
			left = append(left, kind.word+" "+name)
		}
	}
	return left
}

// Spec returns what a node was created with.
func (e *Engine) Spec(name string) (engine.Spec, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	n, ok := e.nodes[name]
	if !ok {
		return engine.Spec{}, false
	}
	return n.spec, true
}
