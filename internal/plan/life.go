package plan

import (
	"cmp"
	"slices"

	"github.com/ferry-project/ferry"
)

// stop ends what uses before what is used. Tasks before the stop are optional: a stack
// must always come down.
func stop(p *ferry.Plan, running []string) []ferry.Op {
	var ops []ferry.Op
	downwards(p.Services, func(s ferry.Planned, above []string) []string {
		work := stopService(p, s, running, above)
		ops = append(ops, work...)
		return stopIDs(work)
	})
	return ops
}

// united returns the newer plan with what only the older one has, for a stack between the
// two: nodes that leave may run beside nodes that came. What a service does before a node
// of its own leaves is part of a change; here such nodes only stop.
func united(older, newer *ferry.Plan) *ferry.Plan {
	if older == nil {
		return newer
	}
	both := *newer
	both.Nodes, both.Services = slices.Clone(newer.Nodes), slices.Clone(newer.Services)
	for _, n := range older.Nodes {
		if _, stays := newer.Node(n.Name); !stays {
			both.Nodes = append(both.Nodes, n)
		}
	}
	for _, s := range older.Services {
		i := slices.IndexFunc(both.Services, func(o ferry.Planned) bool { return o.ID == s.ID })
		if i < 0 {
			s.Tasks = nil
			both.Services = append(both.Services, s)
			continue
		}
		stay := both.Services[i].Nodes
		gone := slices.DeleteFunc(slices.Clone(s.Nodes), func(name string) bool { return slices.Contains(stay, name) })
		both.Services[i].Nodes = slices.Concat(stay, gone)
	}
	return &both
}

// downwards goes through services from those that use others to those that are used:
// connectors, layers, computes, storages. do returns the operations that end a service;
// it is told those of the class above.
func downwards(services []ferry.Planned, do func(s ferry.Planned, above []string) []string) {
	var above []string
	for _, class := range []ferry.Class{ferry.Connector, ferry.Layer, ferry.Compute, ferry.Storage} {
		var ended []string
		for _, s := range services {
			if s.Class == class {
				ended = append(ended, do(s, above)...)
			}
		}
		if len(ended) > 0 {
			above = ended
		}
	}
}

func stopService(p *ferry.Plan, s ferry.Planned, running, above []string) []ferry.Op {
	var ops []ferry.Op
	before := slices.Clone(above)
	for _, o := range partingTasks(p, s, running, above) {
		before = append(before, o.ID)
		ops = append(ops, o)
	}
	for _, name := range s.Nodes {
		if !slices.Contains(running, name) {
			continue
		}
		n, _ := p.Node(name)
		ops = append(ops, ferry.Op{
			ID: "stop " + name, Do: ferry.StopNode, Host: n.Host, Service: s.ID, Node: name, Name: n.Container,
			After: append(slices.Clone(before), afterNodes(n, running)...), Why: "clients first, storage last",
		})
	}
	return ops
}

// Saving is what services do before their data is copied, on those nodes that run.
func Saving(p *ferry.Plan, have Have) []ferry.Op {
	var ops []ferry.Op
	for _, s := range p.Services {
		ops = append(ops, tasksOf(p, s, ferry.BeforeSnapshot, "before its data is copied", have.Up(), nil)...)
	}
	return ops
}

// partingTasks are the tasks of a service's nodes that run, before they stop.
func partingTasks(p *ferry.Plan, s ferry.Planned, running, after []string) []ferry.Op {
	return tasksOf(p, s, ferry.BeforeStop, "before its node stops", running, after)
}

// tasksOf are the tasks of a phase on those nodes that run. They are optional.
func tasksOf(p *ferry.Plan, s ferry.Planned, when ferry.Phase, why string, running, after []string) []ferry.Op {
	var ops []ferry.Op
	for _, t := range s.Tasks {
		if t.When == when && slices.Contains(running, t.Node) {
			o := taskOp(p, s, t, why)
			o.After, o.Optional = after, true
			ops = append(ops, o)
		}
	}
	return ops
}

// taskOp is a task of a service as an operation, on the host that p has its node on.
func taskOp(p *ferry.Plan, s ferry.Planned, t ferry.Task, why string) ferry.Op {
	n, _ := p.Node(t.Node)
	return ferry.Op{
		ID: workID(ferry.RunTask, s, t.Name), Do: ferry.RunTask, Host: n.Host, Service: s.ID, Node: t.Node, Name: t.Name, Why: why,
	}
}

func afterNodes(n ferry.Node, running []string) []string {
	var after []string
	for _, other := range n.StopAfter {
		if slices.Contains(running, other) {
			after = append(after, "stop "+other)
		}
	}
	return after
}

func stopIDs(ops []ferry.Op) []string {
	var ids []string
	for _, o := range ops {
		if o.Do == ferry.StopNode {
			ids = append(ids, o.ID)
		}
	}
	return ids
}

// remove takes away what is there of a stack, whatever its plan says: so it
// works for a half-made stack and for one whose record is lost.
func remove(have Have) []ferry.Op {
	var ops []ferry.Op
	var nodes []string
	add := func(do ferry.Verb, t Thing, why string, after []string) {
		host := cmp.Or(t.Host, ferry.LocalHost)
		ops = append(ops, ferry.Op{
			ID: on(string(do)+" "+t.Name, host, ferry.LocalHost), Do: do, Host: host, Name: t.Name, After: after, Why: why,
		})
	}
	for _, n := range have.Nodes {
		add(ferry.RemoveNode, n.Thing, "the stack goes", nil)
		nodes = append(nodes, ops[len(ops)-1].ID)
	}
	for _, v := range have.Volumes {
		add(ferry.RemoveVolume, v, "its data goes with the stack", nodes)
	}
	for _, n := range have.Networks {
		add(ferry.RemoveNetwork, n, "nobody is on it any more", nodes)
	}
	return ops
}

// Test is the smoke test of every service and the test hooks of every connector,
// to be walked one by one.
func Test(p *ferry.Plan) []ferry.Op {
	var ops []ferry.Op
	for _, s := range p.Services {
		for _, t := range s.Tests {
			ops = append(ops, taskOp(p, s, t, "it must work for a user"))
		}
	}
	return ops
}
