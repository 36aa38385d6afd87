// Package inside reaches into the nodes of a stack: commands, files and logs. It changes
// nothing of the stack itself, so it needs no job, and works beside one.
package inside

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/spell"
	"github.com/ferry-project/ferry/internal/state"
)

// Reach implements api.Inside on an engine.
type Reach struct {
	Engine  engine.Engine
	Records Records
	// HomeLabel is what everything of this FERRY_HOME is labelled with.
	HomeLabel string
}

// Records finds the stack that a user means.
type Records interface {
	Find(ctx context.Context, ref string) (state.Record, error)
}

var _ api.Inside = (*Reach)(nil)

// shell is the login shell of a node, run when no command is given.
var shell = []string{"/bin/bash", "-l"}

// machine is a node and the stack it belongs to.
type machine struct {
	ferry.Node
	stack string
}

// environment is what the node's plan says by now, which a container may be older than,
// and what is asked for.
func (m machine) environment(asked map[string]string) map[string]string {
	env := maps.Clone(m.Env)
	maps.Copy(env, asked)
	return env
}

// pick returns the node that is meant: by host name, by a connector's name, or
// without a name the first connector, else the first node.
func (r *Reach) pick(ctx context.Context, ref, name string) (machine, error) {
	rec, err := r.Records.Find(ctx, ref)
	if err != nil {
		return machine{}, err
	}
	n, ok := named(&rec.Plan, name)
	if !ok {
		return machine{}, ferry.Errorf(ferry.NotFound, "%s has no node or connector %q", rec.ID, name).
			WithHint("%sit has %s", spell.Hint(name, nodeNames(&rec.Plan)), strings.Join(nodeNames(&rec.Plan), ", "))
	}
	return machine{Node: n, stack: rec.ID}, nil
}

func named(p *ferry.Plan, name string) (ferry.Node, bool) {
	if name == "" {
		return firstNode(p), true
	}
	if n, ok := p.Node(name); ok {
		return n, true
	}
	for _, s := range p.Services {
		if s.Spec.Name == name || s.ID == name {
			return p.Node(s.Nodes[0])
		}
	}
	return ferry.Node{}, false
}

func firstNode(p *ferry.Plan) ferry.Node {
	i := slices.IndexFunc(p.Services, func(s ferry.Planned) bool { return s.Class == ferry.Connector })
	n, _ := p.Node(p.Services[max(i, 0)].Nodes[0])
	return n
}

func nodeNames(p *ferry.Plan) []string {
	var names []string
	for _, n := range p.Nodes {
		names = append(names, n.Name)
	}
	return names
}

// enter is pick, for a command or files of the user's: a sealed node takes none.
// What is in it may be read.
func (r *Reach) enter(ctx context.Context, ref, name string) (machine, error) {
	n, err := r.pick(ctx, ref, name)
	if err == nil && n.Sealed {
		return n, ferry.Errorf(ferry.Conflict, "%s takes no commands and no files: "+
			"it mounts file systems for the other nodes, and whoever is root there could take over this machine", n.Name).
			WithHint("use a node that has the file system; ferry logs shows what %s says", n.Name)
	}
	return n, err
}

// Exec runs a command, or the login shell, in a node.
func (r *Reach) Exec(ctx context.Context, ref string, e api.ExecRequest, s api.Streams) (int, error) {
	n, err := r.enter(ctx, ref, e.Node)
	if err != nil {
		return 0, err
	}
	x := engine.Exec{
		Command: e.Command, User: e.User, Env: n.environment(e.Env), Dir: e.Dir, TTY: e.TTY,
		Stdin: s.In, Stdout: s.Out, Stderr: s.Err, Resize: sizes(ctx, e, s.Resize),
	}
	if x.User == "" {
		x.User = n.Login
	}
	if x.Dir == "" {
		x.Dir = n.Home
	}
	if len(x.Command) == 0 {
		x.Command = shell
	}
	code, err := r.Engine.Exec(ctx, n.Container, x)
	if err != nil && (code == notExecutable || code == notThere) {
		return code, cannotRun(e, s, err)
	}
	return code, r.explain(ctx, n, err)
}

// The exit codes of shells for a command that cannot be run.
const (
	notExecutable = 126
	notThere      = 127
)

// cannotRun reports as a shell would that a command cannot be run: where its
// errors go, and by its exit code.
func cannotRun(e api.ExecRequest, s api.Streams, why error) error {
	w, end := s.Err, "\n"
	if e.TTY {
		w, end = s.Out, "\r\n"
	}
	if w == nil {
		return why
	}
	_, err := fmt.Fprintf(w, "ferry: %v%s", why, end)
	return err
}

// sizes sends the terminal's first size, then its changes.
func sizes(ctx context.Context, e api.ExecRequest, changes <-chan api.Size) <-chan engine.Size {
	if !e.TTY {
		return nil
	}
	out := make(chan engine.Size, 1)
	if e.Width > 0 {
		out <- engine.Size{Width: e.Width, Height: e.Height}
	}
	go func() {
		for {
			select {
			case <-ctx.Done():
				return
			case c, ok := <-changes:
				if !ok {
					return
				}
				select {
				case out <- engine.Size(c):
				case <-ctx.Done():
					return
				}
			}
		}
	}()
	return out
}

// explain says why a node could not be reached in the user's words. One that the engine
// has just found not to run may do so by the time that it is looked at.
func (r *Reach) explain(ctx context.Context, n machine, err error) error {
	down := ferry.Errorf(ferry.Conflict, "%s of %s is not running", n.Name, n.stack).
		WithHint("ferry start %s brings it up", n.stack)
	switch {
	case err == nil || ctx.Err() != nil:
		return err
	case errors.Is(err, engine.ErrConflict):
		return down
	}
	nodes, listErr := r.Engine.ListNodes(ctx, map[string]string{ferry.LabelHome: r.HomeLabel, ferry.LabelStack: n.stack})
	if listErr != nil {
		return engine.Explain(listErr)
	}
	for _, have := range nodes {
		if have.Name == n.Container && have.State == engine.Running {
			return err
		}
	}
	return down
}
