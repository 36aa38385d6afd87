package run

import (
	"cmp"
	"context"
	"runtime/debug"
	"slices"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
)

const defaultStopGrace = 10 * time.Second

// guarded is do, with a panic made an error: a defect in one job, or in a library
// it uses, must not end the server and with it the jobs of all other stacks.
func (k *walk) guarded(ctx context.Context, op ferry.Op) (err error) {
	defer func() {
		if p := recover(); p != nil {
			k.Log.Error("panic", "op", op.ID, "panic", p, "stack", string(debug.Stack()))
			err = ferry.Errorf(ferry.Internal, "%s: a defect of Ferry: %v", op.ID, p)
		}
	}()
	return k.do(ctx, op)
}

// do is one operation: one call of the engine, one wait or one command.
func (k *walk) do(ctx context.Context, op ferry.Op) error {
	switch op.Do {
	case ferry.Ready: // a join of the graph
		return nil
	case ferry.EnsureImage:
		return k.ensureImage(ctx, op)
	case ferry.CreateNetwork:
		return k.createNetwork(ctx, op.Host)
	case ferry.WriteHosts:
		return teller{k}.write(ctx)
	case ferry.RunTask:
		return k.runTask(ctx, op)
	case ferry.AwaitProbe:
		return k.awaitProbe(ctx, op)
	case ferry.CreateVolume, ferry.CreateNode, ferry.PutFiles, ferry.Refresh, ferry.StartNode:
		return k.make(ctx, op)
	case ferry.StopNode, ferry.RemoveNode, ferry.RemoveVolume, ferry.RemoveNetwork:
		return k.unmake(ctx, op)
	}
	return ferry.Errorf(ferry.Internal, "operation %q does %q, which nobody knows", op.ID, op.Do)
}

func (k *walk) ensureImage(ctx context.Context, op ferry.Op) error {
	images := k.host(op.Host).Images
	if images == nil {
		return ferry.Errorf(ferry.Internal, "operation %q: there is nobody to build images", op.ID)
	}
	ref := ferry.ImageRef{Ref: op.Name}
	at := slices.IndexFunc(k.graph.Plan.Images, func(i ferry.ImageRef) bool { return i.Ref == op.Name })
	if at >= 0 {
		ref = k.graph.Plan.Images[at]
	}
	return images.Ensure(ctx, ref, func(line string) {
		k.tell(op, ferry.Event{Kind: ferry.Output, Message: line})
	})
}

func (k *walk) createNetwork(ctx context.Context, host string) error {
	labels, err := k.networkLabels(host)
	if err != nil {
		return err
	}
	n := k.graph.Plan.Network
	return k.host(host).Engine.CreateNetwork(ctx, engine.Network{Name: n.Name, Subnet: n.Subnet, Gateway: n.Gateway, Private: n.Private, Labels: labels})
}

// make does what brings a node about.
func (k *walk) make(ctx context.Context, op ferry.Op) error {
	n, err := k.node(op)
	if err != nil {
		return err
	}
	switch op.Do {
	case ferry.CreateVolume:
		return k.createVolume(ctx, n, op.Name)
	case ferry.CreateNode:
		spec, err := k.spec(n)
		if err != nil {
			return err
		}
		return k.at(n).CreateNode(ctx, spec)
	case ferry.PutFiles:
		return k.put(ctx, n, k.files(n))
	case ferry.Refresh:
		return k.refresh(ctx, n)
	}
	k.deaths.forget(n.Container) // an earlier life's end
	return k.at(n).StartNode(ctx, n.Container)
}

// createVolume makes a volume under its owner's labels, whoever of the nodes that
// mount it comes first.
func (k *walk) createVolume(ctx context.Context, n ferry.Node, name string) error {
	v, ok := n.Volume(name)
	if !ok {
		return ferry.Errorf(ferry.Internal, "node %s has no volume %q", n.Name, name)
	}
	owner, ok := k.graph.Plan.Node(cmp.Or(v.Of, n.Name))
	if !ok {
		return ferry.Errorf(ferry.Internal, "volume %q of %s is of node %q, which is not in the plan", name, n.Name, v.Of)
	}
	labels, err := k.volumeLabels(owner, n.VolumeName(v))
	if err != nil {
		return err
	}
	return k.at(owner).CreateVolume(ctx, n.VolumeName(v), labels)
}

// unmake does what takes things away. Its operations name a node of the plan,
// or what the engine knows: a removal must work without a plan.
func (k *walk) unmake(ctx context.Context, op ferry.Op) error {
	n, planned := k.graph.node(op.Node)
	container, on := op.Name, k.host(op.Host).Engine
	if planned {
		container = n.Container
	}
	switch op.Do {
	case ferry.StopNode:
		return on.StopNode(ctx, container, cmp.Or(n.StopGrace, defaultStopGrace))
	case ferry.RemoveNode:
		return on.RemoveNode(ctx, container)
	case ferry.RemoveVolume:
		if planned {
			return on.RemoveVolume(ctx, n.VolumeName(ferry.Volume{Name: op.Name}))
		}
		return on.RemoveVolume(ctx, op.Name)
	}
	return on.RemoveNetwork(ctx, cmp.Or(op.Name, k.graph.Plan.Network.Name))
}

// node returns a node of the plan, or one of the plan before that leaves.
func (g Graph) node(name string) (ferry.Node, bool) {
	n, ok := g.Plan.Node(name)
	if !ok && g.From != nil {
		return g.From.Node(name)
	}
	return n, ok
}

func (k *walk) node(op ferry.Op) (ferry.Node, error) {
	n, ok := k.graph.node(op.Node)
	if !ok {
		return n, ferry.Errorf(ferry.Internal, "operation %q is for node %q, which is not in the plan", op.ID, op.Node)
	}
	return n, nil
}

// spec is the node in the engine's words, secrets filled in.
func (k *walk) spec(n ferry.Node) (engine.Spec, error) {
	env, err := k.graph.Secrets.FillMap(n.Env)
	if err != nil {
		return engine.Spec{}, err
	}
	files, err := k.pack(n, k.files(n))
	if err != nil {
		return engine.Spec{}, err
	}
	s := engine.Spec{
		Name: n.Container, Hostname: n.Name, Image: n.Ref, Env: env, Labels: k.nodeLabels(n),
		Network: k.graph.Plan.Network.Name, Address: n.Address, Ports: slices.Clone(n.Ports),
		Tmpfs: tmpfs(n.Tmpfs), Capabilities: names(n.Capabilities), Devices: names(n.Devices),
		Memory: n.Resources.Memory, CPUs: n.Resources.CPUs, Processes: n.Resources.Processes, Sealed: n.Sealed, Files: files,
	}
	for _, v := range n.Volumes {
		s.Mounts = append(s.Mounts, engine.Mount{Volume: n.VolumeName(v), Path: v.Path, ReadOnly: v.ReadOnly})
	}
	return s, nil
}

// tmpfs always has /run: what lies there must not outlive a start.
func tmpfs(wanted []string) []string {
	paths := append([]string{"/run"}, wanted...)
	slices.Sort(paths)
	return slices.Compact(paths)
}

func names(caps []ferry.Capability) []string {
	var all []string
	for _, c := range caps {
		all = append(all, c.Name)
	}
	return all
}
