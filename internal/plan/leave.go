package plan

import (
	"fmt"
	"slices"

	"github.com/ferry-project/ferry"
)

// leaver is the part of a change that is about nodes which leave.
type leaver struct{ *change }

// leave takes away the nodes that the new plan has not: first what their service must
// do to move data off them, then the node, then its volumes. What uses leaves before
// what is used.
func (c leaver) leave() {
	if c.from.Plan == nil {
		return
	}
	downwards(c.from.Plan.Services, c.leaveService)
}

// leaveService returns the operations after which the leaving nodes of a service are gone.
func (c leaver) leaveService(s ferry.Planned, above []string) (gone []string) {
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

// partings are the tasks of a service that loses nodes and goes on without them: those of
// the new plan, which knows who stays, one after the other. Data is moved off a node that
// is down too: it is started for that.
func (c leaver) partings(old ferry.Planned, going []ferry.Node, above []string) []string {
	s, ok := c.to.Service(old.ID)
	parting := func(t ferry.Task) bool { return t.When == ferry.BeforeShrink }
	if !ok || !slices.Contains(c.from.Formed, s.ID) || !slices.ContainsFunc(going, c.holds) || !slices.ContainsFunc(s.Tasks, parting) {
		return nil
	}
	before := append(slices.Clone(above), c.wake(going)...)
	for _, t := range s.Tasks {
		if !parting(t) {
			continue
		}
		for _, o := range c.partingOps(s, t, going) {
			o.After = append(slices.Clone(before), c.presence(o.Node)...)
			c.add(o)
			before = []string{o.ID}
			c.parted[s.ID] = before
		}
	}
	return c.parted[s.ID]
}

// partingOps are a task of the phase on its node, or on each of those that leave.
func (c leaver) partingOps(s ferry.Planned, t ferry.Task, going []ferry.Node) []ferry.Op {
	if t.Node != ferry.Leaving {
		return []ferry.Op{taskOp(c.to, s, t, saying(t))}
	}
	var ops []ferry.Op
	for _, n := range going {
		if h, there := c.have.node(n.Container); there && h.State != NeverRan {
			o := taskOp(c.from.Plan, s, t, saying(t))
			o.ID, o.Node, o.Host = fmt.Sprintf("%s %s@%s", ferry.RunTask, t.Name, n.Name), n.Name, n.Host
			ops = append(ops, o)
		}
	}
	return ops
}

// holds reports whether anything of a node is there yet.
func (c leaver) holds(n ferry.Node) bool {
	_, there := c.have.node(n.Container)
	return there || slices.ContainsFunc(n.Volumes, func(v ferry.Volume) bool { return v.Of == "" && c.have.volume(n.VolumeName(v)) })
}

// wake starts the nodes that leave and are down.
func (c leaver) wake(going []ferry.Node) (ids []string) {
	for _, n := range going {
		if h, _ := c.have.node(n.Container); h.State != Down {
			continue
		}
		id := string(ferry.StartNode) + " " + n.Name
		c.add(ferry.Op{
			ID: id, Do: ferry.StartNode, Host: n.Host, Service: n.Service, Node: n.Name,
			After: []string{c.network(n.Host)}, Why: "its data is to be moved off it",
		})
		ids = append(ids, id)
	}
	c.woken = append(c.woken, ids...)
	return ids
}

// presence is the operation after which a node is there for a task; none where it runs
// already. Where addresses are assigned, nobody knows whether it was told of the others.
func (c leaver) presence(node string) []string {
	n, stays := c.to.Node(node)
	switch {
	case c.to.Network.Assigned:
		return []string{string(ferry.WriteHosts)}
	case !stays || c.up(n):
		return nil
	}
	return []string{c.prepared(node)}
}

func (c *change) up(n ferry.Node) bool {
	h, ok := c.have.node(n.Container)
	return ok && h.State == Up
}

func (c leaver) leaveNode(n ferry.Node, before []string) (gone string) {
	op := func(do ferry.Verb, name, why string, after ...string) string {
		id := string(do) + " " + n.Name
		if do == ferry.RemoveVolume {
			id += "/" + name
		}
		c.add(ferry.Op{ID: id, Do: do, Host: n.Host, Service: n.Service, Node: n.Name, Name: name, After: after, Why: why})
		return id
	}
	if c.up(n) || c.has(string(ferry.StartNode)+" "+n.Name) {
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
