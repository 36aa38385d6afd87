package run

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/probe"
)

const (
	defaultTimeout = 2 * time.Minute
	lastLogLines   = 20
	// aside is for what is asked of the engine to explain a failure.
	aside = 5 * time.Second
)

var errTimeout = errors.New("time is up")

// death is the cause of a context that ended with a node.
type death struct{ engine.Event }

func (d death) Error() string { return fmt.Sprintf("it stopped with exit code %d", d.ExitCode) }

// runTask runs a command in its node, or has a conversation with it, and wants exit code 0.
func (k *walk) runTask(ctx context.Context, op ferry.Op) error {
	t, shown, err := k.task(op)
	if err != nil {
		return err
	}
	n, err := k.node(ferry.Op{ID: op.ID, Node: t.Node})
	if err != nil {
		return err
	}
	env, err := k.graph.Secrets.FillMap(t.Env)
	if err != nil {
		return err
	}
	var show func(string)
	if shown {
		show = func(line string) { k.tell(op, ferry.Event{Kind: ferry.Output, Message: line}) }
	}
	out := newOutput(k.graph.Secrets.Redact, show)
	timeout := cmp.Or(t.Timeout, defaultTimeout)
	alive, end := k.whileAlive(ctx, n.Container, timeout)
	defer end()
	var code int
	if t.Ask != nil {
		code, err = k.converse(alive, n, *t.Ask, k.changes(op), out)
	} else {
		code, err = k.at(n).Exec(alive, n.Container, engine.Exec{Command: t.Command, User: t.User, Env: env, Stdout: out, Stderr: out})
	}
	said := out.String()
	if err == nil && code == 0 {
		return nil
	}
	f := failedTask{task: t, node: n, timeout: timeout, code: code, err: err, output: said}
	return k.explain(ctx, f, context.Cause(alive))
}

// task finds what op runs, and reports whether the user sees its output as it comes.
func (k *walk) task(op ferry.Op) (t ferry.Task, shown bool, err error) {
	s, _ := k.graph.Plan.Service(op.Service)
	for _, t := range s.Tasks {
		if t.Name == op.Name && (op.Node == "" || op.Node == t.Node || t.Node == ferry.Leaving) {
			return k.graph.parting(t, op), t.When == ferry.OnTest, nil
		}
	}
	for _, t := range s.Tests {
		if t.Name == op.Name && (op.Node == "" || op.Node == t.Node) {
			return t, true, nil
		}
	}
	return t, false, ferry.Errorf(ferry.Internal, "operation %q: service %q has no task %q", op.ID, op.Service, op.Name)
}

// whileAlive returns a context that ends after timeout (cause errTimeout) and when
// the node does (cause death).
func (k *walk) whileAlive(ctx context.Context, container string, timeout time.Duration) (context.Context, func()) {
	ctx, stop := context.WithTimeoutCause(ctx, timeout, errTimeout)
	ctx, cancel := context.WithCancelCause(ctx)
	off := k.deaths.on(container, func(e engine.Event) { cancel(death{e}) })
	return ctx, func() { off(); cancel(nil); stop() }
}

// failedTask is a command that did not exit with 0, or did not end.
type failedTask struct {
	task    ferry.Task
	node    ferry.Node
	timeout time.Duration
	code    int
	err     error
	output  string
}

// explain finds the reason that helps most: the node's end comes before what
// its end has done to the command.
func (k *walk) explain(ctx context.Context, f failedTask, cause error) error {
	name, node := f.task.Name, f.node.Name
	var d death
	switch {
	case errors.As(cause, &d) || ctx.Err() == nil && k.exited(ctx, f.node, &d):
		e := ferry.Errorf(ferry.Failed, "%s stopped with exit code %d while task %q ran in it", node, d.ExitCode, name)
		e.Hint, e.Output = f.task.Hint, k.lastLines(ctx, f.node)
		return e
	case ctx.Err() != nil:
		return fmt.Errorf("task %s in %s: %w", name, node, ctx.Err())
	case errors.Is(cause, errTimeout):
		e := ferry.Errorf(ferry.Failed, "task %q in %s did not end within %s", name, node, f.timeout)
		e.Hint, e.Output = f.task.Hint, f.output
		return e
	case f.err != nil:
		return fmt.Errorf("task %s in %s: %w", name, node, f.err)
	}
	e := ferry.Errorf(ferry.Failed, "task %q failed in %s with exit code %d", name, node, f.code)
	e.Hint, e.Output = f.task.Hint, f.output
	return e
}

// exited asks the engine whether the node has ended: a command that ends with
// its node may be heard of before the node's event.
func (k *walk) exited(ctx context.Context, n ferry.Node, d *death) bool {
	ctx, cancel := context.WithTimeout(ctx, aside)
	defer cancel()
	nodes, err := k.at(n).ListNodes(ctx, map[string]string{ferry.LabelStack: k.graph.Plan.Stack, ferry.LabelNode: n.Name})
	for _, found := range nodes {
		if err == nil && found.Name == n.Container && found.State == engine.Exited {
			d.Event = engine.Event{Node: found.Name, State: found.State, ExitCode: found.ExitCode}
			return true
		}
	}
	return false
}

// lastLines is the end of a node's log, "" when the engine cannot read it.
func (k *walk) lastLines(ctx context.Context, n ferry.Node) string {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), aside)
	defer cancel()
	var log bytes.Buffer
	if err := k.at(n).Logs(ctx, n.Container, engine.Logs{Tail: lastLogLines}, &log); err != nil {
		k.Log.WarnContext(ctx, "no log of a failed node", "node", n.Container, "err", k.graph.Secrets.Redact(err.Error()))
	}
	return strings.TrimSpace(log.String())
}

// awaitProbe waits until a probe is true.
func (k *walk) awaitProbe(ctx context.Context, op ferry.Op) error {
	p, err := k.probe(op)
	if err != nil {
		return err
	}
	n, err := k.node(ferry.Op{ID: op.ID, Node: p.Node})
	if err != nil {
		return err
	}
	asker, err := k.asker(n, p)
	if err != nil {
		return err
	}
	died := make(chan engine.Event, 1)
	off := k.deaths.on(n.Container, func(e engine.Event) {
		select {
		case died <- e:
		default: // one end is enough
		}
	})
	defer off()
	err = probe.Wait(ctx, p, asker, probe.Options{Died: died, Waiting: k.changes(op)})
	var e *ferry.Error
	if errors.As(err, &e) && (errors.Is(err, probe.ErrDied) || errors.Is(err, probe.ErrDeadline)) {
		e.Output = k.lastLines(ctx, n)
	}
	return err
}

// asker is who asks what a probe wants to know.
func (k *walk) asker(n ferry.Node, p ferry.Probe) (probe.Asker, error) {
	if p.Ask != nil {
		return k.conversation(n, *p.Ask)
	}
	return probe.Command(k.at(n), n.Container, p), nil
}

func (k *walk) probe(op ferry.Op) (ferry.Probe, error) {
	s, _ := k.graph.Plan.Service(op.Service)
	for _, p := range s.Probes {
		if p.Name == op.Name && (op.Node == "" || op.Node == p.Node) {
			return p, nil
		}
	}
	return ferry.Probe{}, ferry.Errorf(ferry.Internal, "operation %q: service %q has no probe %q", op.ID, op.Service, op.Name)
}

// changes publishes an answer that differs from the one before. It is called by
// one goroutine at a time, at most twice a second.
func (k *walk) changes(op ferry.Op) func(answer string) {
	last := ""
	return func(answer string) {
		if answer != last {
			k.tell(op, ferry.Event{Kind: ferry.OpWaiting, Message: answer})
		}
		last = answer
	}
}
