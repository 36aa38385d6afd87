package ferry

import (
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// loopback is where ports are published that name no address.
const loopback = "127.0.0.1"

// Published is the host's address and port that lead to a published port.
func (p Port) Published() string {
	address := p.Address
	if address == "" {
		address = loopback
	}
	return net.JoinHostPort(address, strconv.Itoa(p.Host))
}

// Reach is an address and port by which this host itself reaches a published port:
// one that is open on every address is open on the loopback too.
func (p Port) Reach() string {
	if a, err := netip.ParseAddr(p.Address); err == nil && a.IsUnspecified() {
		p.Address = loopback
		if a.Is6() {
			p.Address = "::1"
		}
	}
	return p.Published()
}

// String is the request as a file has it: "127.0.0.1:19042:9042@cassandra1".
func (r PortRequest) String() string {
	text := strconv.Itoa(r.Container)
	if r.Host > 0 || r.Address != "" {
		text = ":" + text
	}
	if r.Host > 0 {
		text = strconv.Itoa(r.Host) + text
	}
	switch {
	case strings.Contains(r.Address, ":"):
		text = "[" + r.Address + "]:" + text
	case r.Address != "":
		text = r.Address + ":" + text
	}
	if r.Node != "" {
		text += "@" + r.Node
	}
	return text
}
