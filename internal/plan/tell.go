package plan

import (
	"slices"

	"github.com/ferry-project/ferry"
)

// tell adds what has every node know the others' addresses where the engine assigns them
// at each start: once for all that start together, and again for each that is stopped and
// started by this change. A node that runs may have been started by one that was cut off
// before anybody was told.
func (c *change) tell() {
	if !c.to.Network.Assigned || len(c.ops) == 0 {
		return
	}
	together := slices.Clone(c.woken)
	for _, n := range c.to.Nodes {
		switch {
		case !c.fates[n.Name].starts():
			together = append(together, string(ferry.Refresh)+" "+n.Name)
		case c.alone(n.Name):
			c.add(c.telling(n.Name, string(ferry.StartNode)+" "+n.Name))
		default:
			together = append(together, string(ferry.StartNode)+" "+n.Name)
		}
	}
	c.add(c.telling("", together...))
}

func (c *change) telling(node string, after ...string) ferry.Op {
	return ferry.Op{
		ID: c.told(node), Do: ferry.WriteHosts, Host: c.to.Network.Host, After: after,
		Why: "every node knows the addresses that the engine has given the others",
	}
}

// alone reports whether a node is stopped and started by this change, one after another.
func (c *change) alone(node string) bool { return c.has(string(ferry.StopNode) + " " + node) }

// told is the operation after which a node that starts is known to the others.
func (c *change) told(node string) string {
	if node != "" && c.alone(node) {
		return string(ferry.WriteHosts) + " after " + node
	}
	return string(ferry.WriteHosts)
}
