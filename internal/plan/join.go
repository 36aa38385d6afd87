package plan

import (
	"slices"

	"github.com/ferry-project/ferry"
)

// beforeStart: a node that is there already needs its network, which may not be. A new
// one is known by its name to those that run before anybody can be led to it.
func (c *change) beforeStart(n ferry.Node, f fate) []string {
	if f.creates() {
		return slices.Concat([]string{"create " + n.Name}, c.introductions(n), c.joins(n))
	}
	return append([]string{c.network(n.Host), "files " + n.Name}, c.joins(n)...)
}

func (c *change) startWhy(n ferry.Node, f fate) string {
	if len(c.joins(n)) > 0 {
		return "it joins when the others are ready for it"
	}
	return f.startWhy()
}

// joins are the tasks after which a node starts that is new to a service with data.
func (c *change) joins(n ferry.Node) (ids []string) {
	s, _ := c.to.Service(n.Service)
	if _, had := c.old(n.Name); had || c.from.Plan == nil || !slices.Contains(c.from.Formed, s.ID) {
		return nil
	}
	for _, task := range n.JoinAfter {
		ids = append(ids, workID(ferry.RunTask, s, task))
	}
	return ids
}

// introductions are the operations that have running nodes know the name of a new one.
func (c *change) introductions(n ferry.Node) (ids []string) {
	if _, known := c.old(n.Name); known || c.to.Network.Assigned {
		return nil
	}
	for _, other := range c.to.Nodes {
		if c.fates[other.Name].kind == rewritten {
			ids = append(ids, string(ferry.Refresh)+" "+other.Name)
		}
	}
	return ids
}
