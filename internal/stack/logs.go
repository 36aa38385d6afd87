package stack

import (
	"bytes"
	"context"
	"io"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/engine"
)

// Logs writes the log of one node, or of all nodes with their names in front.
func (m *Manager) Logs(ctx context.Context, ref string, l api.LogsRequest, w io.Writer) error {
	opts := engine.Logs{Follow: l.Follow, Tail: l.Tail, Since: l.Since}
	if l.Node != "" {
		n, err := m.pick(ctx, ref, l.Node)
		if err != nil {
			return err
		}
		return unavailable(m.Engine.Logs(ctx, n.Container, opts, w))
	}
	rec, err := m.find(ctx, ref)
	if err != nil {
		return err
	}
	return m.allLogs(ctx, rec.Plan.Nodes, opts, w)
}

// allLogs reads node after node, or all at once when they are followed.
func (m *Manager) allLogs(ctx context.Context, nodes []ferry.Node, l engine.Logs, w io.Writer) error {
	g, ctx := errgroup.WithContext(ctx)
	if !l.Follow {
		g.SetLimit(1)
	}
	var mu sync.Mutex
	for _, n := range nodes {
		g.Go(func() error {
			lines := &prefixer{prefix: n.Name + " | ", mu: &mu, to: w}
			err := m.Engine.Logs(ctx, n.Container, l, lines)
			return firstOf(unavailable(err), lines.flush())
		})
	}
	return g.Wait()
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// prefixer writes whole lines, each with a name in front; several share one
// writer and its mutex.
type prefixer struct {
	prefix string
	mu     *sync.Mutex
	to     io.Writer
	rest   []byte
}

func (p *prefixer) Write(b []byte) (int, error) {
	p.rest = append(p.rest, b...)
	for {
		i := bytes.IndexByte(p.rest, '\n')
		if i < 0 {
			return len(b), nil
		}
		if err := p.line(p.rest[:i+1]); err != nil {
			return 0, err
		}
		p.rest = p.rest[i+1:]
	}
}

func (p *prefixer) line(text []byte) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, err := p.to.Write(append([]byte(p.prefix), text...))
	return err
}

func (p *prefixer) flush() error {
	if len(p.rest) == 0 {
		return nil
	}
	return p.line(append(p.rest, '\n'))
}
