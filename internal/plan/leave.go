package plan

import (
	"slices"

	"github.com/ferry-project/ferry"
)

// leave takes away the nodes that the new plan has not: first what their service must
// do to move data off them, then the node, then its volumes. What uses leaves before
// what is used.
func (c *change) leave() {
	if c.from.Plan == nil {
		return
	}
	downwards(c.from.Plan.Services, c.leaveService)
}

// leaveService returns the operations after which the leaving nodes of a service are gone.
func (c *change) leaveService(s ferry.Planned, above []string) (gone []string) {
	var going []ferry.Node
	for _, name := range s.Nodes {
		n, _ := c.from.Plan.Node(name)
		if _, stays := c.to.Node(name); !stays {
			going = append(going, n)
		}
	}
	before := append(slices.Clone(above), c.partings(s, going, above)...)
	for _, n := range going {
		if id := c.leaveNode(n, before); id != "" {
			gone = append(gone, id)
		}
	}
	return gone
}

// partings are the tasks of a service that loses nodes and goes on without them. They
// are those of the new plan, which knows who stays; they need nodes that run.
func (c *change) partings(old ferry.Planned, going []ferry.Node, above []string) (ids []string) {
	s, ok := c.to.Service(old.ID)
	if !ok || !slices.Contains(c.from.Formed, s.ID) || !slices.ContainsFunc(going, func(n ferry.Node) bool { return c.up(n) }) {
		return nil
	}
	for _, t := range s.Tasks {
		if t.When != ferry.BeforeShrink {
			continue
		}
		o := taskOp(c.from.Plan, s, t, saying(t))
		o.After = append(slices.Clone(above), ids...)
		c.add(o)
		ids = append(ids, o.ID)
	}
	return ids
}

func (c *change) up(n ferry.Node) bool {
	h, ok := c.have.node(n.Container)
	return ok && h.State == Up
}

func (c *change) leaveNode(n ferry.Node, before []string) (gone string) {
	op := func(do ferry.Verb, name, why string, after ...string) string {
		id := string(do) + " " + n.Name
		if do == ferry.RemoveVolume {
			id += "/" + name
		}
		c.add(ferry.Op{ID: id, Do: do, Host: n.Host, Service: n.Service, Node: n.Name, Name: name, After: after, Why: why})
		return id
	}
	if c.up(n) {
		before = []string{op(ferry.StopNode, n.Container, "it leaves the stack", before...)}
	}
	if _, there := c.have.node(n.Container); there {
		gone = op(ferry.RemoveNode, n.Container, "it leaves the stack", before...)
		before = []string{gone}
	}
	for _, v := range n.Volumes {
		if v.Of == "" && c.have.volume(n.VolumeName(v)) {
			op(ferry.RemoveVolume, v.Name, "its data is elsewhere by now", before...)
		}
	}
	return gone
}
