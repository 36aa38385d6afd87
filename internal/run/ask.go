package run

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/probe"
	"github.com/ferry-project/ferry/internal/retry"
	"github.com/ferry-project/ferry/internal/speak"
)

// askAgain is the pause between two tries of a task's conversation.
const askAgain = 200 * time.Millisecond

// conversation is an ask of node n, with its secrets in it.
func (k *walk) conversation(n ferry.Node, a ferry.Ask) (probe.Conversation, error) {
	s, err := k.Speakers.Of(a.Protocol)
	if err != nil {
		return nil, err
	}
	script, err := k.graph.Secrets.FillJSON(a.Script)
	if err != nil {
		return nil, err
	}
	to := speak.Peer{Node: n.Name, Port: a.Port, Dial: k.dial(a.Port)}
	return func(ctx context.Context, say func(string)) error { return s.Do(ctx, to, script, say) }, nil
}

// dial reaches a port of the nodes of the plan by their names.
func (k *walk) dial(port int) func(ctx context.Context, node string) (net.Conn, error) {
	return func(ctx context.Context, node string) (net.Conn, error) {
		n, err := k.node(ferry.Op{ID: "ask", Node: node})
		if err != nil {
			return nil, err
		}
		return k.at(n).Dial(ctx, n.Container, port)
	}
}

// converse has a task's conversation again and again until it goes well, ctx ends or
// it never can; like a command, it returns an exit code and prints its last error. An
// error that is in words for people is returned itself.
func (k *walk) converse(ctx context.Context, n ferry.Node, a ferry.Ask, say func(string), out io.Writer) (int, error) {
	try, err := k.conversation(n, a)
	if err != nil {
		return 0, err
	}
	last := ""
	err = retry.Every(askAgain).Until(ctx, func() error {
		err := try(ctx, say)
		if err != nil && ctx.Err() == nil && err.Error() != last {
			last = err.Error()
			_, _ = fmt.Fprintln(out, last)
		}
		return err
	})
	switch {
	case err == nil:
		return 0, nil
	case ctx.Err() != nil:
		return 0, ctx.Err()
	case errors.As(err, new(*ferry.Error)):
		return 1, err
	}
	return 1, nil
}
