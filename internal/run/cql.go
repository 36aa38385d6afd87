package run

import (
	"context"
	"fmt"
	"io"
	"net"
	"slices"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/cql"
)

// askAgain is the pause between two tries of a task's CQL.
const askAgain = 200 * time.Millisecond

// speak does a task's CQL again and again until it succeeds, ctx ends or it can
// never succeed; like a command, it returns an exit code, and prints its last error.
func (k *walk) speak(ctx context.Context, n ferry.Node, work ferry.CQL, out io.Writer) (int, error) {
	filled, err := k.fillCQL(&work)
	if err != nil {
		return 0, err
	}
	last := ""
	for {
		err := cql.Do(ctx, k.dialCQL(n, work.Port), *filled, func(string) {})
		if err == nil {
			return 0, nil
		}
		if text := err.Error(); ctx.Err() == nil && text != last {
			_, _ = fmt.Fprintln(out, text)
			last = text
		}
		if cql.Hopeless(err) {
			return 1, nil
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(askAgain):
		}
	}
}

// dialCQL reaches n, and other nodes of the plan by their names.
func (k *walk) dialCQL(n ferry.Node, port int) cql.Dial {
	return func(ctx context.Context, node string) (net.Conn, error) {
		to := n
		if node != "" {
			var err error
			if to, err = k.node(ferry.Op{ID: "cql", Node: node}); err != nil {
				return nil, err
			}
		}
		return k.at(to).Dial(ctx, to.Container, port)
	}
}

// fillCQL puts the secrets into a copy.
func (k *walk) fillCQL(work *ferry.CQL) (*ferry.CQL, error) {
	if work == nil {
		return nil, nil
	}
	c := *work
	c.Users, c.Statements = slices.Clone(c.Users), slices.Clone(c.Statements)
	for i := range c.Users {
		if err := k.fill(&c.Users[i].Password); err != nil {
			return nil, err
		}
	}
	for i := range c.Statements {
		if err := k.fill(&c.Statements[i].Text); err != nil {
			return nil, err
		}
	}
	return &c, nil
}

func (k *walk) fill(text *string) (err error) {
	*text, err = k.graph.Secrets.Fill(*text)
	return err
}
