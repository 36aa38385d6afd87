package plan

import (
	"cmp"
	"slices"

	"github.com/ferry-project/ferry"
)

// stop ends what uses before what is used: connectors, layers and computes,
// storages. Tasks before the stop are optional: a stack must always come down.
func stop(p *ferry.Plan, running []string) []ferry.Op {
	var ops []ferry.Op
	var above []string
	for _, class := range []ferry.Class{ferry.Connector, ferry.Layer, ferry.Compute, ferry.Storage} {
		var stops []string
		for _, s := range p.Services {
			if s.Class == class {
				work := stopService(p, s, running, above)
				ops = append(ops, work...)
				stops = append(stops, stopIDs(work)...)
			}
		}
		if len(stops) > 0 {
			above = stops
		}
	}
	return ops
}

func stopService(p *ferry.Plan, s ferry.Planned, running, above []string) []ferry.Op {
	var ops []ferry.Op
	before := slices.Clone(above)
	for _, o := range partingTasks(s, running, above) {
		o.Host = hostOf(p, o.Node)
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
		for _, o := range tasksBefore(ferry.BeforeSnapshot, s, have.Up(), nil) {
			o.Host, o.Why = hostOf(p, o.Node), "before its data is copied"
			ops = append(ops, o)
		}
	}
	return ops
}

// partingTasks are the tasks of a service's nodes that run, before they stop.
func partingTasks(s ferry.Planned, running, after []string) []ferry.Op {
	return tasksBefore(ferry.BeforeStop, s, running, after)
}

func tasksBefore(when ferry.Phase, s ferry.Planned, running, after []string) []ferry.Op {
	var ops []ferry.Op
	for _, t := range s.Tasks {
		if t.When != when || !slices.Contains(running, t.Node) {
			continue
		}
		ops = append(ops, ferry.Op{
			ID: workID(ferry.RunTask, s, t.Name), Do: ferry.RunTask, Service: s.ID, Node: t.Node, Name: t.Name,
			After: after, Optional: true, Why: "before its node stops",
		})
	}
	return ops
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
			ops = append(ops, ferry.Op{
				ID: workID(ferry.RunTask, s, t.Name), Do: ferry.RunTask, Host: hostOf(p, t.Node),
				Service: s.ID, Node: t.Node, Name: t.Name, Why: "it must work for a user",
			})
		}
	}
	return ops
}

func hostOf(p *ferry.Plan, node string) string {
	n, _ := p.Node(node)
	return n.Host
}
