package plan

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/ferry-project/ferry"
)

// always publishes the ports that a personality wants published whatever the file says.
func (a *allocator) always(d *draft) {
	for _, n := range d.print.Nodes {
		for _, p := range n.Ports {
			same := func(o ferry.Port) bool { return o.Container == p.Container }
			if !p.Publish || slices.ContainsFunc(d.ports[n.Name], same) {
				continue
			}
			p.Host = a.choose(n.Name, p.Container)
			d.ports[n.Name] = append(d.ports[n.Name], p)
		}
	}
}

// tellPorts puts the host ports of a node's ports into its files, where they are referred
// to. Of a port that is published more than once it is the first.
func tellPorts(files []ferry.File, ports []ferry.Port) []ferry.File {
	var pairs []string
	for _, p := range ports {
		pairs = append(pairs, ferry.PortRef(p.Container), strconv.Itoa(cmp.Or(p.Host, p.Container)))
	}
	fill := strings.NewReplacer(pairs...)
	out := slices.Clone(files)
	for i := range out {
		out[i].Content = fill.Replace(out[i].Content)
	}
	return out
}
