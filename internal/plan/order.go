package plan

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ferry-project/ferry"
)

// startOps is the graph of a start. All nodes are made and started at once;
// order exists only where a task or a probe names it.
func startOps(p *ferry.Plan, phase ferry.Phase) ([]ferry.Op, error) {
	ops := placeOps(p)
	for _, n := range p.Nodes {
		ops = append(ops, nodeOps(n, true)...)
	}
	work, err := serviceOps(p, phase)
	return append(ops, work...), err
}

// placeOps makes what nodes stand on: images and the network.
func placeOps(p *ferry.Plan) []ferry.Op {
	var ops []ferry.Op
	for _, i := range p.Images {
		ops = append(ops, ferry.Op{
			ID: "image " + i.Ref, Do: ferry.EnsureImage, Host: p.Network.Host, Name: i.Ref,
			Why: "nodes are made from it",
		})
	}
	return append(ops, ferry.Op{
		ID: "network", Do: ferry.CreateNetwork, Host: p.Network.Host, Name: p.Network.Name,
		Why: "the stack's own network " + p.Network.Subnet,
	})
}

// nodeOps makes one node and starts it. Files are put in only where the
// container is new: on a resume it has them, and the user's own changes.
func nodeOps(n ferry.Node, made bool) []ferry.Op {
	op := func(do ferry.Verb, name, why string, after ...string) ferry.Op {
		id := string(do) + " " + n.Name
		if do == ferry.CreateVolume {
			id += "/" + name
		}
		return ferry.Op{ID: id, Do: do, Host: n.Host, Service: n.Service, Node: n.Name, Name: name, After: after, Why: why}
	}
	if !made {
		return []ferry.Op{op(ferry.StartNode, "", "it was stopped")}
	}
	before := []string{"network", "image " + n.Ref}
	var ops []ferry.Op
	for _, v := range n.Volumes {
		o := op(ferry.CreateVolume, v.Name, purpose(v))
		before = append(before, o.ID)
		ops = append(ops, o)
	}
	return append(ops,
		op(ferry.CreateNode, "", "the machine "+n.Name, before...),
		op(ferry.PutFiles, "", "its configuration, all of it known now", "create "+n.Name),
		op(ferry.StartNode, "", "all nodes start together", "files "+n.Name))
}

func purpose(v ferry.Volume) string {
	if v.Scratch {
		return "nodes meet in " + v.Path
	}
	return "what is in " + v.Path + " outlives the container"
}

// serviceOps are the tasks of a phase, the probes, and a join for each service.
func serviceOps(p *ferry.Plan, phase ferry.Phase) ([]ferry.Op, error) {
	var ops []ferry.Op
	for _, s := range p.Services {
		work, err := workOps(p, s, phase)
		if err != nil {
			return nil, fmt.Errorf("personality %s: %w", s.Spec.Personality, err)
		}
		ready := ferry.Op{ID: "ready " + s.Nodes[0], Do: ferry.Ready, Host: p.Network.Host, Service: s.ID, Why: "all of it answered"}
		for _, n := range s.Nodes {
			ready.After = append(ready.After, "start "+n)
		}
		for _, o := range work {
			ready.After = append(ready.After, o.ID)
		}
		ops = append(append(ops, work...), ready)
	}
	return ops, nil
}

// workOps are the tasks and probes of one service.
func workOps(p *ferry.Plan, s ferry.Planned, phase ferry.Phase) ([]ferry.Op, error) {
	var ops []ferry.Op
	var faults []error
	add := func(do ferry.Verb, node, name, why string, after []string) {
		o := ferry.Op{
			ID: workID(do, s, name), Do: do, Host: p.Network.Host,
			Service: s.ID, Node: node, Name: name, Why: why,
		}
		ids, err := resolve(p, s, phase, after)
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", o.ID, err))
		}
		o.After = append([]string{"start " + node}, ids...)
		ops = append(ops, o)
	}
	for _, t := range s.Tasks {
		if runs(t.When, phase) {
			add(ferry.RunTask, t.Node, t.Name, saying(t), t.After)
		}
	}
	for _, pr := range s.Probes {
		add(ferry.AwaitProbe, pr.Node, pr.Name, pr.Description, pr.After)
	}
	return ops, errors.Join(faults...)
}

// saying is what a task does, on one line.
func saying(t ferry.Task) string {
	if t.CQL != nil {
		return t.CQL.String()
	}
	return strings.Join(t.Command, " ")
}

func runs(when, phase ferry.Phase) bool {
	return when == phase || when == ferry.EveryStart && (phase == ferry.FirstStart || phase == ferry.Resume)
}

func workID(do ferry.Verb, s ferry.Planned, name string) string {
	id := string(do) + " " + name
	if !strings.Contains(name, "@") {
		id += "@" + s.Nodes[0]
	}
	return id
}

func resolve(p *ferry.Plan, s ferry.Planned, phase ferry.Phase, names []string) ([]string, error) {
	var ids []string
	for _, name := range names {
		id, err := resolveOne(p, s, phase, name)
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
func resolveOne(p *ferry.Plan, s ferry.Planned, phase ferry.Phase, name string) (string, error) {
	if node, ok := strings.CutPrefix(name, "ready "); ok {
		known := func(o ferry.Planned) bool { return o.Nodes[0] == node }
		if !slices.ContainsFunc(p.Services, known) {
			return "", fmt.Errorf("it waits for %q, which is no service's first node", node)
		}
		return name, nil
	}
	for _, t := range s.Tasks {
		if t.Name == name && runs(t.When, phase) {
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
