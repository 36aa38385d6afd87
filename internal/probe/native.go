package probe

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/cql"
	"github.com/ferry-project/ferry/internal/retry"
)

// native succeeds when all of a probe's CQL holds. One session waits by itself for a
// ring that grows; only a lost connection or a refused statement ends it.
type native struct {
	target    Target
	container string
	work      ferry.CQL
}

func newNative(t Target, container string, p ferry.Probe) (asker, error) {
	if p.CQL == nil || len(p.CQL.Agree) > 0 {
		return nil, ferry.Errorf(ferry.Internal, "probe %s: nothing to ask for in CQL, or of more than one node", p.Name)
	}
	return native{target: t, container: container, work: *p.CQL}, nil
}

// pauses: a refused connection costs nothing, a refused login a few milliseconds.
func (a native) pauses() retry.Pauses {
	return retry.Pauses{First: 50 * time.Millisecond, Longest: 250 * time.Millisecond}
}

func (a native) ask(ctx context.Context, say func(string)) error {
	dial := func(ctx context.Context, node string) (net.Conn, error) {
		if node != "" {
			return nil, fmt.Errorf("a probe asks one node, not %s", node)
		}
		return a.target.Dial(ctx, a.container, a.work.Port)
	}
	return cql.Do(ctx, dial, a.work, say)
}
