// Package direct dials nodes by their own addresses, where that leads to them.
package direct

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/moby/moby/api/types/network"
)

const (
	// directTime is how long a node's address may keep silent: a firewall drops packets.
	directTime = 3 * time.Second
	// detour is how long a node is then reached through the engine before its address is
	// tried again: it may only have been down.
	detour = time.Minute
)

// Ways knows which nodes cannot be dialled directly for now.
type Ways struct {
	dial func(ctx context.Context, network, address string) (net.Conn, error) // a test's
	now  func() time.Time                                                     // a test's

	mu    sync.Mutex
	until map[string]time.Time // by node
}

// New knows nothing yet.
func New() *Ways {
	d := net.Dialer{Timeout: directTime}
	return &Ways{dial: d.DialContext, now: time.Now, until: map[string]time.Time{}}
}

// Dial dials a node's address. Neither connection nor error: there is no way there, try
// another one.
func (w *Ways) Dial(ctx context.Context, node, at string) (net.Conn, error) {
	if w.blocked(node) {
		return nil, nil //nolint:nilnil // documented
	}
	conn, err := w.dial(ctx, "tcp", at)
	switch {
	case err == nil:
		return conn, nil
	case errors.Is(err, syscall.ECONNREFUSED) || ctx.Err() != nil:
		return nil, refused(err)
	}
	w.block(node)
	return nil, nil //nolint:nilnil // documented
}

func (w *Ways) blocked(node string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	until, ok := w.until[node]
	if ok && !w.now().Before(until) {
		delete(w.until, node)
		return false
	}
	return ok
}

func (w *Ways) block(node string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.until[node] = w.now().Add(detour)
}

// refused keeps a node's closed port apart from a closed engine.
func refused(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return errors.New(strings.TrimPrefix(err.Error(), "dial "))
}

// InhibitIPv4 keeps the host's address off a bridge, and with it the host's route to the
// nodes. Engines of every age know the option.
const InhibitIPv4 = "com.docker.network.bridge.inhibit_ipv4"

const (
	bridgeName = "com.docker.network.bridge.name"
	ofID       = 12 // characters of a network's id that its bridge is called by
)

// Leads reports whether the network's bridge is here, with the gateway's address on it.
// Docker calls it by the network's id, so no other engine's is taken for it. A private
// network has no gateway's address: the host has no way into it.
func Leads(n network.Network) bool {
	if n.Options[InhibitIPv4] == "true" {
		return false
	}
	name := n.Options[bridgeName]
	if name == "" && len(n.ID) >= ofID {
		name = "br-" + n.ID[:ofID]
	}
	link, err := net.InterfaceByName(name)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(n.IPAM.Config, func(c network.IPAMConfig) bool {
		return c.Gateway.IsValid() && holds(link, c.Gateway)
	})
}

func holds(link *net.Interface, gateway netip.Addr) bool {
	addrs, err := link.Addrs()
	if err != nil {
		return false
	}
	for _, a := range addrs {
		if p, err := netip.ParsePrefix(a.String()); err == nil && p.Addr() == gateway {
			return true
		}
	}
	return false
}
