package plan

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/ferry-project/ferry"
)

// services adds the work of every service that is touched: the tasks of its phase, its
// probes, and a join.
func (c *change) services() error {
	for _, s := range c.to.Services {
		if !c.touched(s) {
			continue
		}
		phases := c.phases(s)
		work, err := c.work(s, phases)
		if err != nil {
			return fmt.Errorf("personality %s: %w", s.Spec.Personality, err)
		}
		c.grew = append(c.grew, c.growth(s, phases)...)
		ready := c.op(s, ferry.Ready, s.Nodes[0])
		ready.ID, ready.Node, ready.Why = "ready "+s.Nodes[0], "", "all of it answered"
		for _, n := range s.Nodes {
			ready.After = append(ready.After, c.prepared(n))
		}
		for _, o := range work {
			ready.After = append(ready.After, o.ID)
			c.add(o)
		}
		c.add(ready)
	}
	return nil
}

// touched reports whether a change is to see to a service. Where no plan is exchanged
// for another every service is asked whether it is ready: that is what a start is for.
func (c *change) touched(s ferry.Planned) bool {
	if c.from.Plan == nil || !slices.Contains(c.from.Formed, s.ID) {
		return true
	}
	old, ok := c.from.Plan.Service(s.ID)
	return !ok || !sameService(old, s) || slices.ContainsFunc(s.Nodes, func(name string) bool { return c.fates[name].starts() })
}

// sameService compares what is done for a service, not what was once done.
func sameService(a, b ferry.Planned) bool {
	return slices.Equal(a.Nodes, b.Nodes) && reflect.DeepEqual(a.Probes, b.Probes)
}

// phases are what a service goes through: its first start until one has ended well,
// then a resume where any of its nodes starts, and growth where it has new ones.
func (c *change) phases(s ferry.Planned) []ferry.Phase {
	if !slices.Contains(c.from.Formed, s.ID) {
		return []ferry.Phase{ferry.FirstStart}
	}
	if c.from.Plan == nil {
		return []ferry.Phase{ferry.Resume}
	}
	grows, resumes := false, false
	for _, name := range s.Nodes {
		_, had := c.old(name)
		grows = grows || !had
		resumes = resumes || had && c.fates[name].starts()
	}
	var all []ferry.Phase
	if resumes {
		all = append(all, ferry.Resume)
	}
	if grows {
		all = append(all, ferry.AfterGrow)
	}
	return all
}

// prepared is the last operation that makes a node what it is to be.
func (c *change) prepared(node string) string {
	if c.to.Network.Assigned {
		return c.told(node)
	}
	if c.fates[node].kind == rewritten {
		return string(ferry.Refresh) + " " + node
	}
	return string(ferry.StartNode) + " " + node
}

// op is an operation of a service on one of its nodes.
func (c *change) op(s ferry.Planned, do ferry.Verb, node string) ferry.Op {
	n, _ := c.to.Node(node)
	return ferry.Op{Do: do, Host: n.Host, Service: s.ID, Node: node}
}

// work are the tasks and probes of one service.
func (c *change) work(s ferry.Planned, phases []ferry.Phase) ([]ferry.Op, error) {
	var ops []ferry.Op
	var faults []error
	add := func(do ferry.Verb, node, name, why string, after []string) {
		o := c.op(s, do, node)
		o.ID, o.Name, o.Why = workID(do, s, name), name, why
		ids, err := resolve(c.to, s, phases, after)
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", o.ID, err))
		}
		o.After = append([]string{c.prepared(node)}, ids...)
		ops = append(ops, o)
	}
	for _, t := range s.Tasks {
		if runs(t.When, phases) {
			add(ferry.RunTask, t.Node, t.Name, saying(t), t.After)
			ops[len(ops)-1].Optional = t.Optional
		}
	}
	for _, pr := range s.Probes {
		add(ferry.AwaitProbe, pr.Node, pr.Name, pr.Description, pr.After)
		last := &ops[len(ops)-1]
		last.After = slices.Concat(last.After, c.parted[s.ID], c.grew)
	}
	return ops, errors.Join(faults...)
}

// saying is what a task does, on one line.
func saying(t ferry.Task) string {
	switch {
	case t.Ask != nil:
		return t.Ask.Says
	case t.Says != "":
		return t.Says
	}
	return strings.Join(t.Command, " ")
}

func runs(when ferry.Phase, phases []ferry.Phase) bool {
	return slices.ContainsFunc(phases, func(p ferry.Phase) bool {
		return when == p || when == ferry.EveryStart && (p == ferry.FirstStart || p == ferry.Resume)
	})
}

func workID(do ferry.Verb, s ferry.Planned, name string) string {
	id := string(do) + " " + name
	if !strings.Contains(name, "@") {
		id += "@" + s.Nodes[0]
	}
	return id
}

func resolve(p *ferry.Plan, s ferry.Planned, phases []ferry.Phase, names []string) ([]string, error) {
	var ids []string
	for _, name := range names {
		id, err := resolveOne(p, s, phases, name)
		if err != nil {
			return nil, err
		}
		if id != "" {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// resolveOne turns a name of Task.After into an operation. A task of another
// phase is no operation of this graph: there is nothing to wait for.
func resolveOne(p *ferry.Plan, s ferry.Planned, phases []ferry.Phase, name string) (string, error) {
	if node, ok := strings.CutPrefix(name, "ready "); ok {
		known := func(o ferry.Planned) bool { return o.Nodes[0] == node }
		if !slices.ContainsFunc(p.Services, known) {
			return "", fmt.Errorf("it waits for %q, which is no service's first node", node)
		}
		return name, nil
	}
	for _, t := range s.Tasks {
		if t.Name == name && runs(t.When, phases) {
			return workID(ferry.RunTask, s, name), nil
		} else if t.Name == name {
			return "", nil
		}
	}
	for _, pr := range s.Probes {
		if pr.Name == name {
			return workID(ferry.AwaitProbe, s, name), nil
		}
	}
	return "", fmt.Errorf("it waits for %q, which is neither a task nor a probe of the service", name)
}
