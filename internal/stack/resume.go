package stack

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/plan"
	"github.com/ferry-project/ferry/internal/state"
)

// resume brings a stopped, degraded or half-started stack up on its data.
func (m *Manager) resume(ctx context.Context, rec state.Record, retain bool) (ferry.Job, error) {
	id := rec.Stack.ID
	if rec.Intent == ferry.Removing {
		return ferry.Job{}, ferry.Errorf(ferry.Conflict, "%s is being removed", id)
	}
	if j := m.jobs.ofStack(id); j != nil {
		return ferry.Job{}, busy(id, j.Kind, j.ID)
	}
	if _, err := m.Engine.Info(ctx); err != nil {
		return ferry.Job{}, unavailable(err)
	}
	kind := ferry.ResumeJob
	if !rec.Started {
		kind = ferry.StartJob
	}
	return m.launch(ctx, ferry.Job{Kind: kind, Stack: id, Retain: retain}, m.resuming(id, retain))
}

// resuming is the body of a resume, for a user's start, a repair, and for the
// server that goes on where a killed one was.
func (m *Manager) resuming(id string, retain bool) work {
	return func(ctx context.Context) ([]ferry.Step, error) {
		if err := m.want(ctx, id, ferry.Running, ferry.Starting); err != nil {
			return nil, err
		}
		rec, err := m.Store.Find(ctx, id)
		if err != nil {
			return nil, err
		}
		if !rec.Started {
			return m.firstStart(ctx, id, retain)
		}
		return m.bringUp(ctx, rec, retain)
	}
}

func (m *Manager) bringUp(ctx context.Context, rec state.Record, retain bool) ([]ferry.Step, error) {
	ops, err := m.resumeOps(ctx, &rec)
	if err != nil {
		status := ferry.Stopped
		if retain || ferry.CodeOf(err) == ferry.Unavailable {
			status = ferry.Degraded // it is meant to run: it will be seen to when the engine is back
		}
		return nil, errors.Join(err, m.settle(context.WithoutCancel(ctx), rec.Stack.ID, status, nil))
	}
	m.announce(rec.Stack.ID, ferry.ResumeJob, len(ops))
	path, err := m.walk(ctx, &rec, ops)
	if err == nil {
		return path, m.settle(ctx, rec.Stack.ID, ferry.Running, nil)
	}
	if errors.Is(context.Cause(ctx), errShutdown) {
		return path, err
	}
	return path, errors.Join(err, m.standDown(context.WithoutCancel(ctx), rec, retain))
}

// standDown is the undoing of a resume: it is stopped again, with all its data,
// unless it is to be kept as it is: a repair must not take down what still works.
func (m *Manager) standDown(ctx context.Context, rec state.Record, retain bool) error {
	if retain {
		return m.settle(ctx, rec.Stack.ID, ferry.Degraded, nil)
	}
	ctx, cancel := context.WithTimeout(ctx, undoTime)
	defer cancel()
	_, err := m.stopping(rec.Stack.ID)(ctx)
	return err
}

// resumeOps looks at what is left of the stack. A lost container is made anew; a
// lost volume is lost data and is never passed over in silence.
func (m *Manager) resumeOps(ctx context.Context, rec *state.Record) ([]ferry.Op, error) {
	volumes, err := m.Engine.ListVolumes(ctx, m.of(rec.Stack.ID))
	if err != nil {
		return nil, unavailable(err)
	}
	lost, spare := lostVolumes(&rec.Plan, volumes)
	if len(lost) > 0 {
		return nil, ferry.Errorf(ferry.Failed, "%s cannot come up: its data is gone (%s)", rec.Stack.ID, strings.Join(lost, ", ")).
			WithHint("the volumes were removed outside Ferry; ferry rm %s takes away the rest", rec.Stack.ID)
	}
	for _, place := range spare {
		m.publish(rec.Stack.ID, ferry.Event{Kind: ferry.Note, Message: place + " was on a volume that is gone: it begins anew, as its image has it"})
	}
	if err := m.unlock(ctx, rec); err != nil {
		return nil, err
	}
	nodes, err := m.Engine.ListNodes(ctx, m.of(rec.Stack.ID))
	if err != nil {
		return nil, unavailable(err)
	}
	if err := m.onTheirNetwork(ctx, &rec.Plan, nodes); err != nil {
		return nil, err
	}
	return plan.Resume(&rec.Plan, missingNodes(&rec.Plan, nodes))
}

// onTheirNetwork: an engine that is tidied up forgets the network of a stopped stack,
// and starts no container without the very one it was made on.
func (m *Manager) onTheirNetwork(ctx context.Context, p *ferry.Plan, nodes []engine.Node) error {
	networks, err := m.Engine.ListNetworks(ctx)
	if err != nil {
		return unavailable(err)
	}
	there := func(n engine.Network) bool { return n.Name == p.Network.Name }
	if len(nodes) == 0 || slices.ContainsFunc(networks, there) {
		return nil
	}
	var names []string
	for _, n := range nodes {
		names = append(names, n.Name)
	}
	return ferry.Errorf(ferry.Failed, "%s cannot come up: its network was removed outside Ferry, and its containers start on no other", p.Stack).
		WithHint("its data is on volumes: docker rm %s, and ferry start %s makes them anew", strings.Join(names, " "), p.Stack)
}

// lostVolumes returns what was on volumes that are gone: lost is what the stack
// cannot do without, spare what it can.
func lostVolumes(p *ferry.Plan, have []engine.Volume) (lost, spare []string) {
	for _, n := range p.Nodes {
		for _, v := range n.Volumes {
			is := func(h engine.Volume) bool { return h.Name == n.VolumeName(v) }
			switch place := n.Name + ":" + v.Path; {
			case v.Scratch, slices.ContainsFunc(have, is):
			case v.Spare:
				spare = append(spare, place)
			default:
				lost = append(lost, place)
			}
		}
	}
	return lost, spare
}

func missingNodes(p *ferry.Plan, have []engine.Node) []string {
	var missing []string
	for _, n := range p.Nodes {
		is := func(h engine.Node) bool { return h.Name == n.Container }
		if !slices.ContainsFunc(have, is) {
			missing = append(missing, n.Name)
		}
	}
	return missing
}

// announce tells how much work of a kind there is to do. A start that stops or
// removes is being undone.
func (m *Manager) announce(stack string, kind ferry.JobKind, ops int) {
	e := ferry.Event{Kind: ferry.JobStarted, Total: ops}
	j := m.jobs.ofStack(stack)
	starts := j != nil && (j.Kind == ferry.StartJob || j.Kind == ferry.ResumeJob)
	if starts && (kind == ferry.StopJob || kind == ferry.RemoveJob) {
		e.Message = "undoing"
	}
	m.publish(stack, e)
}

// publish tells something about the job that works on a stack.
func (m *Manager) publish(stack string, e ferry.Event) {
	e.Stack = stack
	if j := m.jobs.ofStack(stack); j != nil {
		e.Job = j.ID
	}
	m.Events.Publish(e)
}
