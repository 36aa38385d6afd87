package ferry

import (
	"fmt"
	"iter"
	"strings"
)

// HostsPath is the file of a node by which it finds the others; the node's init puts it
// over /etc/hosts at every start.
const HostsPath = "/etc/ferry/hosts"

// HostsText is its content: names by their addresses. One without an address is left out.
func HostsText(nodes iter.Seq2[string, string]) string {
	var b strings.Builder
	b.WriteString("127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n")
	for name, address := range nodes {
		if address != "" {
			fmt.Fprintf(&b, "%s %s\n", address, name)
		}
	}
	return b.String()
}
