package plan

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/personality"
)

const defaultGrace = 10 * time.Second

func (d *draft) planned() ferry.Planned {
	p := ferry.Planned{
		ID: d.id, Class: d.class, Spec: d.spec,
		Tasks: d.print.Tasks, Probes: d.print.Probes, Tests: d.print.Tests,
		Secrets: d.print.Secrets, Export: d.print.Export, Web: d.print.Web, Notes: d.print.Notes,
		MaxFreeze: d.print.MaxFreeze, Layout: d.print.Layout,
	}
	if d.parent != nil {
		p.Parent = d.parent.id
	}
	for _, m := range d.machines {
		p.Nodes = append(p.Nodes, m.Name)
	}
	return p
}

// nodes turns the blueprint's machines into containers: what the personality
// said, and what every node of a stack has.
func (d *draft) nodes(in Input, drafts []*draft) ([]ferry.Node, error) {
	hosts := hostsFile(drafts)
	var out []ferry.Node
	for i, b := range d.print.Nodes {
		if i >= len(d.machines) || b.Name != d.machines[i].Name {
			return nil, fmt.Errorf("personality %s: node %d of its blueprint is %q, not one of its machines in order", d.spec.Personality, i, b.Name)
		}
		n := ferry.Node{
			NodeBlueprint: b, Service: d.id, Host: in.Host.ID,
			Address: d.machines[i].Address, Container: "ferry-" + in.Stack + "-" + b.Name,
		}
		d.complete(&n, in, hosts)
		n.Env = d.environment(n, in, drafts)
		out = append(out, n)
	}
	return out, nil
}

func (d *draft) complete(n *ferry.Node, in Input, hosts ferry.File) {
	if d.spec.Image != "" {
		n.Image = d.spec.Image
	}
	n.Ref = n.Image
	if ref, ok := in.Images[n.Image]; ok {
		n.Ref = ref
	}
	if old, ok := in.past.node(n.Name); ok && in.KeepImages && old.Image == n.Image {
		n.Ref = old.Ref
	}
	n.Files = append([]ferry.File{hosts}, n.Files...)
	n.Capabilities = personality.WithRights(n.Capabilities)
	n.Ports = mergePorts(n.Ports, d.ports[n.Name])
	n.Files = tellPorts(n.Files, n.Ports)
	n.Resources.Memory = max(n.Resources.Memory, memoryOf(d, n.Name))
	if d.spec.Resources.CPUs > 0 {
		n.Resources.CPUs = d.spec.Resources.CPUs
	}
	n.Resources.Processes = personality.ProcessLimit(n.Resources.Memory)
	if n.StopGrace == 0 {
		n.StopGrace = defaultGrace
	}
}

func memoryOf(d *draft, node string) int64 {
	for _, m := range d.machines {
		if m.Name == node {
			return m.Memory
		}
	}
	return 0
}

// mergePorts publishes a port the personality named, or adds it.
func mergePorts(named, published []ferry.Port) []ferry.Port {
	out := slices.Clone(named)
	for _, p := range published {
		i := slices.IndexFunc(out, func(o ferry.Port) bool { return o.Container == p.Container && o.Host == 0 })
		if i < 0 {
			out = append(out, p)
			continue
		}
		out[i].Host, out[i].Address = p.Host, p.Address
	}
	return out
}

// hostsFile is the one place that holds addresses, so a clone or another engine changes
// this file only. Where the engine assigns them it is written when nodes have started.
func hostsFile(drafts []*draft) ferry.File {
	return ferry.File{Path: ferry.HostsPath, Live: true, Content: ferry.HostsText(func(yield func(string, string) bool) {
		for _, d := range drafts {
			for _, m := range d.machines {
				if !yield(m.Name, m.Address) {
					return
				}
			}
		}
	})}
}

// environment: what Ferry sets, then the personality's, for connectors the
// backends', and the user's own last, because it was asked for.
func (d *draft) environment(n ferry.Node, in Input, drafts []*draft) map[string]string {
	env := map[string]string{"FERRY_STACK": in.Stack, "FERRY_NODE": n.Name}
	maps.Copy(env, n.Env)
	if d.class == ferry.Connector {
		exports := d.beneath(drafts)
		maps.Copy(env, ferry.BackendEnv(exports))
		for _, e := range exports {
			maps.Copy(env, e.Env)
		}
	}
	maps.Copy(env, d.spec.Env)
	return env
}
