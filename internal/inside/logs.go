package inside

import (
	"context"
	"errors"
	"io"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/lines"
)

// Logs writes the log of one node, or of all nodes with their names in front.
func (r *Reach) Logs(ctx context.Context, ref string, l api.LogsRequest, w io.Writer) error {
	opts := engine.Logs{Follow: l.Follow, Tail: l.Tail, Since: l.Since}
	if l.Node != "" {
		n, err := r.pick(ctx, ref, l.Node)
		if err != nil {
			return err
		}
		err = r.Engine.Logs(ctx, n.Container, opts, w)
		if errors.Is(err, engine.ErrNotFound) {
			return ferry.Errorf(ferry.NotFound, "%s of %s has no log: its container is not there", n.Name, n.stack)
		}
		return engine.Explain(err)
	}
	rec, err := r.Records.Find(ctx, ref)
	if err != nil {
		return err
	}
	return r.allLogs(ctx, rec.Plan.Nodes, opts, w)
}

// allLogs reads node after node, or all at once when they are followed. A node that is
// not made yet, or gone already, has said nothing.
func (r *Reach) allLogs(ctx context.Context, nodes []ferry.Node, l engine.Logs, w io.Writer) error {
	g, ctx := errgroup.WithContext(ctx)
	if !l.Follow {
		g.SetLimit(1)
	}
	var mu sync.Mutex
	for _, n := range nodes {
		g.Go(func() error {
			out := prefixed(n.Name, &mu, w)
			err := r.Engine.Logs(ctx, n.Container, l, out)
			if errors.Is(err, engine.ErrNotFound) {
				err = nil
			}
			return firstOf(engine.Explain(err), out.Flush())
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

// prefixed writes whole lines, each with a name in front; several share one writer and
// its mutex.
func prefixed(name string, mu *sync.Mutex, to io.Writer) *lines.Writer {
	return &lines.Writer{Each: func(line string) error {
		mu.Lock()
		defer mu.Unlock()
		_, err := io.WriteString(to, name+" | "+line+"\n")
		return err
	}}
}
