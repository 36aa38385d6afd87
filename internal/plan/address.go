package plan

import (
	"fmt"
	"math/bits"
	"net/netip"

	"github.com/ferry-project/ferry"
)

// DefaultPool is where stacks get their subnets unless the server is told
// another: private space that Docker's own default pools (172.17-31, 192.168)
// and most home and office networks leave alone.
const DefaultPool = "10.210.0.0/16"

// placeNodes finds a subnet that overlaps nothing observed and numbers the machines
// in it: .1 is the gateway, the first node has .2. A stack that has a subnet keeps it,
// and its nodes keep their addresses.
func placeNodes(drafts []*draft, in Input) (ferry.Network, error) {
	network, err := stackNetwork(drafts, in)
	if err != nil {
		return network, err
	}
	return network, number(drafts, in, network)
}

func stackNetwork(drafts []*draft, in Input) (ferry.Network, error) {
	private := in.Application.Network.Private
	if in.Host.Assigns {
		return ferry.Network{Name: "ferry-" + in.Stack, Host: in.Host.ID, Private: private, Assigned: true}, nil
	}
	if in.past.same {
		n := in.past.plan.Network
		n.Private = private
		return n, nil
	}
	pool, err := parsePool(in.Pool)
	if err != nil {
		return ferry.Network{}, err
	}
	n := machinesOf(drafts)
	subnet, ok := freeSubnet(pool, prefixFor(n), parseAll(in.Observed.Subnets))
	if !ok {
		return ferry.Network{}, ferry.Errorf(ferry.Conflict,
			"no room for %d nodes in the address pool %s", n, pool).
			WithHint("remove a stack, or set FERRY_ADDRESS_POOL to a larger network and restart the server: ferry quit")
	}
	return ferry.Network{
		Name: "ferry-" + in.Stack, Host: in.Host.ID,
		Subnet: subnet.String(), Gateway: subnet.Addr().Next().String(), Private: private,
	}, nil
}

func machinesOf(drafts []*draft) (n int) {
	for _, d := range drafts {
		n += len(d.machines)
	}
	return n
}

func parsePool(text string) (netip.Prefix, error) {
	if text == "" {
		text = DefaultPool
	}
	pool, err := netip.ParsePrefix(text)
	if err != nil || !pool.Addr().Is4() {
		return netip.Prefix{}, fmt.Errorf("address pool %q: not an IPv4 network such as %s", text, DefaultPool)
	}
	return pool.Masked(), nil
}

// prefixFor is the smallest network for n nodes, a gateway, the two addresses
// that are never given out, and as many nodes again to scale up; at least /26.
func prefixFor(n int) int {
	return min(26, 32-bits.Len(uint(2*n+3)))
}

func parseAll(cidrs []string) []netip.Prefix {
	var out []netip.Prefix
	for _, c := range cidrs {
		if p, err := netip.ParsePrefix(c); err == nil && p.Addr().Is4() {
			out = append(out, p.Masked())
		}
	}
	return out
}

func freeSubnet(pool netip.Prefix, bitCount int, taken []netip.Prefix) (netip.Prefix, bool) {
	if bitCount < pool.Bits() {
		return netip.Prefix{}, false
	}
	addr := pool.Addr()
	for pool.Contains(addr) {
		candidate := netip.PrefixFrom(addr, bitCount)
		obstacle, blocked := overlap(candidate, taken)
		if !blocked {
			return candidate, true
		}
		next, ok := after(wider(candidate, obstacle))
		if !ok {
			break
		}
		addr = next
	}
	return netip.Prefix{}, false
}

func overlap(p netip.Prefix, taken []netip.Prefix) (netip.Prefix, bool) {
	for _, t := range taken {
		if p.Overlaps(t) && t.Bits() > 0 {
			return t, true
		}
	}
	return netip.Prefix{}, false
}

func wider(a, b netip.Prefix) netip.Prefix {
	if a.Bits() <= b.Bits() {
		return a
	}
	return b
}

// after is the first address behind a prefix; not ok at the end of the space.
func after(p netip.Prefix) (netip.Addr, bool) {
	b := p.Addr().As4()
	v := uint64(b[0])<<24 | uint64(b[1])<<16 | uint64(b[2])<<8 | uint64(b[3])
	v += 1 << (32 - p.Bits())
	if v >= 1<<32 {
		return netip.Addr{}, false
	}
	return netip.AddrFrom4([4]byte{byte(v >> 24), byte(v >> 16), byte(v >> 8), byte(v)}), true
}

// number assigns every machine its address; one that had an address keeps it. The address of
// a node that leaves is given to nobody in the same plan.
func number(drafts []*draft, in Input, network ferry.Network) error {
	if network.Assigned {
		return nil
	}
	subnet, err := netip.ParsePrefix(network.Subnet)
	if err != nil {
		return fmt.Errorf("the network of %s: %w", in.Stack, err)
	}
	taken := map[string]bool{network.Gateway: true}
	if in.past.same {
		for _, n := range in.past.plan.Nodes {
			taken[n.Address] = true
		}
	}
	addr := subnet.Addr()
	for _, d := range drafts {
		for i := range d.machines {
			m := &d.machines[i]
			if n, ok := in.past.node(m.Name); ok && in.past.same {
				m.Address = n.Address
				continue
			}
			if addr = nextFree(addr, taken); !subnet.Contains(addr.Next()) {
				return ferry.Errorf(ferry.Conflict, "no room for %d nodes in the stack's network %s", machinesOf(drafts), subnet).
					WithHint("a new stack of that size gets a larger one")
			}
			m.Address = addr.String()
		}
	}
	return nil
}

// nextFree is the first address behind addr that nobody has.
func nextFree(addr netip.Addr, taken map[string]bool) netip.Addr {
	for addr = addr.Next(); taken[addr.String()]; addr = addr.Next() {
	}
	return addr
}
