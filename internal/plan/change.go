package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/ferry-project/ferry"
)

// Past is how far a stack has come.
type Past struct {
	// Plan is the one its nodes were made by; nil: the one they are to be made by.
	Plan *ferry.Plan
	// Formed are the services whose first start has ended well.
	Formed []string
}

// Goal is what a stack is to become.
type Goal struct {
	Plan    *ferry.Plan // nil: nothing of it is left
	Stopped bool
}

// Change derives the operations that bring a stack from what it is to what it is to
// be, each with its cause. It is the only derivation there is: a start is a change from
// nothing, a resume or a repair one from what is there, a stop one to a stack that is
// stopped, a removal one to nothing. Every operation may be repeated, so a change that
// was cut off is finished by the change from what is there by then.
//
// Its error is a defect of a personality: a task that waits for what is not there.
func Change(from Past, to Goal, have Have) ([]ferry.Op, error) {
	switch {
	case to.Plan == nil:
		return remove(have), nil
	case to.Stopped:
		return stop(united(from.Plan, to.Plan), have.Up()), nil
	}
	c := change{from: from, to: to.Plan, have: have, fates: map[string]fate{}, parted: map[string][]string{}, at: map[string]int{}}
	return c.derive()
}

// change is one derivation under way.
type change struct {
	from  Past
	to    *ferry.Plan
	have  Have
	fates map[string]fate // by node
	// parted is by service the task after which those of its nodes that leave have given
	// up their data. Until then all that stays is left as it is, so that they are still
	// spoken with by their names.
	parted map[string][]string
	// grew are the tasks by which services beneath have taken in their new nodes: those
	// above look for them afterwards.
	grew  []string
	woken []string // the starts of nodes that leave and were down
	ops   []ferry.Op
	at    map[string]int // operation → its place among ops
}

func (c *change) derive() ([]ferry.Op, error) {
	for _, n := range c.to.Nodes {
		c.fates[n.Name] = c.fate(n)
	}
	leaver{c}.leave()
	c.places()
	for _, n := range c.to.Nodes {
		c.node(n)
	}
	err := c.services()
	c.tell()
	c.roll()
	c.settle()
	return c.ops, err
}

// has reports whether an operation is one of this change.
func (c *change) has(id string) bool {
	_, ok := c.at[id]
	return ok
}

func (c *change) add(o ferry.Op) {
	c.at[o.ID] = len(c.ops)
	c.ops = append(c.ops, o)
}

// settle leaves out edges to what is no operation of this change: a node that runs
// already, a service that is not touched.
func (c *change) settle() {
	for i := range c.ops {
		c.ops[i].After = slices.DeleteFunc(c.ops[i].After, func(id string) bool { return !c.has(id) })
		if len(c.ops[i].After) == 0 {
			c.ops[i].After = nil
		}
	}
}

// places makes what nodes stand on: the images of those that are made, the network, each
// on every host that is to have them.
func (c *change) places() {
	for _, i := range c.to.Images {
		for _, host := range c.hosts(func(n ferry.Node) bool { return n.Ref == i.Ref && c.fates[n.Name].makes() }) {
			c.add(ferry.Op{
				ID: c.image(i.Ref, host), Do: ferry.EnsureImage, Host: host, Name: i.Ref,
				Why: "nodes are made from it",
			})
		}
	}
	for _, host := range c.hosts(func(ferry.Node) bool { return true }) {
		if !c.have.network(c.to.Network.Name, host) {
			c.add(ferry.Op{
				ID: c.network(host), Do: ferry.CreateNetwork, Host: host, Name: c.to.Network.Name,
				Why: strings.TrimSpace("the stack's own network " + c.to.Network.Subnet),
			})
		}
	}
}

// hosts are those of the nodes that are chosen, in the order of the nodes.
func (c *change) hosts(chosen func(ferry.Node) bool) []string {
	var ids []string
	for _, n := range c.to.Nodes {
		if chosen(n) && !slices.Contains(ids, n.Host) {
			ids = append(ids, n.Host)
		}
	}
	return ids
}

// image and network are the operations by which a host gets them.
func (c *change) image(ref, host string) string { return on("image "+ref, host, c.to.Network.Host) }
func (c *change) network(host string) string    { return on("network", host, c.to.Network.Host) }

// on is the id of what is done on several hosts; on the one that has all of most stacks
// it needs no other word.
func on(id, host, home string) string {
	if host == home {
		return id
	}
	return id + " on " + host
}

// node does what one node's fate asks for.
func (c *change) node(n ferry.Node) {
	f := c.fates[n.Name]
	op := func(do ferry.Verb, why string, after ...string) {
		c.add(ferry.Op{ID: string(do) + " " + n.Name, Do: do, Host: n.Host, Service: n.Service, Node: n.Name, After: after, Why: why})
	}
	if f.ends() && c.up(n) {
		op(ferry.StopNode, f.why, slices.Concat(c.farewells(n), []string{c.image(n.Ref, n.Host)}, c.parted[n.Service])...)
	}
	if f.kind == remade {
		op(ferry.RemoveNode, f.why, "stop "+n.Name)
	}
	if f.creates() {
		op(ferry.CreateNode, f.why, c.before(n)...)
	}
	if f.kind == rewritten {
		op(ferry.Refresh, f.why, c.allParted()...)
	}
	if f.writes() {
		op(ferry.PutFiles, f.why, "stop "+n.Name)
	}
	if f.starts() {
		op(ferry.StartNode, c.startWhy(n, f), c.beforeStart(n, f)...)
	}
}

// allParted are the tasks after which no node that leaves has data. Addresses that the
// engine assigns are written by an operation that all refreshed nodes come before.
func (c *change) allParted() (ids []string) {
	if c.to.Network.Assigned {
		return nil
	}
	for _, s := range c.to.Services {
		ids = append(ids, c.parted[s.ID]...)
	}
	return ids
}

// farewells are the tasks of a node that is to stop for a while.
func (c *change) farewells(n ferry.Node) []string {
	s, _ := c.to.Service(n.Service)
	var ids []string
	for _, o := range partingTasks(c.to, s, []string{n.Name}, []string{c.image(n.Ref, n.Host)}) {
		c.add(o)
		ids = append(ids, o.ID)
	}
	return ids
}

// before are the operations that a node is made after; the volumes that the engine has
// not got are made here, each once, under its owner's name.
func (c *change) before(n ferry.Node) []string {
	before := []string{c.network(n.Host), c.image(n.Ref, n.Host), "remove " + n.Name}
	for _, v := range n.Volumes {
		owner, _ := c.to.Node(cmp.Or(v.Of, n.Name))
		id := fmt.Sprintf("%s %s/%s", ferry.CreateVolume, owner.Name, v.Name)
		before = append(before, id)
		if c.has(id) || c.have.volume(n.VolumeName(v)) {
			continue
		}
		c.add(ferry.Op{
			ID: id, Do: ferry.CreateVolume, Host: owner.Host, Service: owner.Service, Node: owner.Name, Name: v.Name, Why: purpose(v),
		})
	}
	return before
}

func purpose(v ferry.Volume) string {
	if v.Scratch {
		return "nodes meet in " + v.Path
	}
	return "what is in " + v.Path + " outlives the container"
}
