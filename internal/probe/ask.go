package probe

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/retry"
)

// Conversation asks by talking to a port of the node: yes when it goes well.
type Conversation func(ctx context.Context, say func(answer string)) error

// Ask has it once.
func (c Conversation) Ask(ctx context.Context, say func(string)) error { return c(ctx, say) }

// Pauses are short: a connection costs next to nothing, so it is tried often.
func (Conversation) Pauses() retry.Pauses {
	return retry.Pauses{First: 25 * time.Millisecond, Longest: 250 * time.Millisecond}
}

// Execer runs commands in nodes; an engine does.
type Execer interface {
	Exec(ctx context.Context, node string, e engine.Exec) (code int, err error)
}

// Command asks by the command of p in a container.
func Command(x Execer, container string, p ferry.Probe) Asker {
	return command{engine: x, container: container, probe: p}
}

// command succeeds when it exits 0. It should wait inside the node, so that one
// exec is enough; one that fails is run again.
type command struct {
	engine    Execer
	container string
	probe     ferry.Probe
}

// Pauses are longer: an exec costs 50 ms of CPU, which the service itself could use.
func (command) Pauses() retry.Pauses {
	return retry.Pauses{First: 100 * time.Millisecond, Longest: time.Second}
}

// Ask runs it once.
func (a command) Ask(ctx context.Context, say func(string)) error {
	out := newSpoken(say)
	code, err := a.engine.Exec(ctx, a.container, engine.Exec{
		Command: a.probe.Command, User: a.probe.User, Stdout: out, Stderr: out,
	})
	_ = out.Flush() // say has no errors
	switch {
	case err != nil:
		return err
	case code == 0:
		return nil
	case out.last == "":
		return fmt.Errorf("exit code %d", code)
	}
	return errors.New(out.last)
}
