package run

import (
	"cmp"
	"slices"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
)

// Host is a machine that operations are on.
type Host struct {
	Engine engine.Engine
	Images Images // needed where a graph has EnsureImage
}

// Local is the hosts of whoever has one.
func Local(e engine.Engine, i Images) map[string]Host {
	return map[string]Host{ferry.LocalHost: {Engine: e, Images: i}}
}

// host is the machine of that id; "" is the local one. That it is known was checked
// before the walk began.
func (w *Walker) host(id string) Host { return w.Hosts[cmp.Or(id, ferry.LocalHost)] }

// at is the engine that a node is on.
func (k *walk) at(n ferry.Node) engine.Engine { return k.host(n.Host).Engine }

// checkHosts reports an operation on a host of which nobody knows, or on another than its
// node's: then an engine would be asked for what is elsewhere.
func (w *Walker) checkHosts(g Graph) error {
	for _, op := range g.Ops {
		if w.host(op.Host).Engine == nil {
			return ferry.Errorf(ferry.Internal, "operation %q is on host %q, which nobody knows", op.ID, op.Host)
		}
		n, planned := g.node(op.Node)
		if planned && cmp.Or(n.Host, ferry.LocalHost) != cmp.Or(op.Host, ferry.LocalHost) {
			return ferry.Errorf(ferry.Internal, "operation %q is on host %q, and node %s on %q", op.ID, op.Host, n.Name, n.Host)
		}
	}
	return nil
}

// hostsOf are the hosts of the operations that are chosen, each once, in order.
func (g Graph) hostsOf(chosen func(ferry.Op) bool) []string {
	var ids []string
	for _, op := range g.Ops {
		if id := cmp.Or(op.Host, ferry.LocalHost); chosen(op) && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}
