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

// placeNodes finds a subnet that overlaps nothing observed and numbers the
// machines in it: .1 is the gateway, the first node has .2.
func placeNodes(drafts []*draft, in Input) (ferry.Network, error) {
	n := 0
	for _, d := range drafts {
		n += len(d.machines)
	}
	pool, err := parsePool(in.Pool)
	if err != nil {
		return ferry.Network{}, err
	}
	subnet, ok := freeSubnet(pool, prefixFor(n), parseAll(in.Observed.Subnets))
	if !ok {
		return ferry.Network{}, ferry.Errorf(ferry.Conflict,
			"no room for %d nodes in the address pool %s", n, pool).
			WithHint("remove a stack, or set FERRY_ADDRESS_POOL to a larger network and restart the server: ferry quit")
	}
	gateway := subnet.Addr().Next()
	number(drafts, gateway.Next())
	return ferry.Network{
		Name: "ferry-" + in.Stack, Host: in.Host.ID,
		Subnet: subnet.String(), Gateway: gateway.String(), Private: in.Application.Network.Private,
	}, nil
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

func number(drafts []*draft, addr netip.Addr) {
	for _, d := range drafts {
		for i := range d.machines {
			d.machines[i].Address = addr.String()
			addr = addr.Next()
		}
	}
}
