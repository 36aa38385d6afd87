package inside

import (
	"context"
	"errors"
	"net"

	"github.com/ferry-project/ferry"
)

// mostPort is the highest number of a port.
const mostPort = 1<<16 - 1

// Dial connects to a port of a node. A sealed node's may be dialled too: whoever listens
// there decides whom to answer, as for every other node of the stack.
func (r *Reach) Dial(ctx context.Context, ref, node string, port int) (net.Conn, error) {
	if port < 1 || port > mostPort {
		return nil, ferry.Errorf(ferry.Invalid, "%d is no port: they go from 1 to %d", port, mostPort)
	}
	n, err := r.pick(ctx, ref, node)
	if err != nil {
		return nil, err
	}
	conn, err := r.Engine.Dial(ctx, n.Container, port)
	if err == nil {
		return conn, nil
	}
	err = r.explain(ctx, n, err)
	if e := (*ferry.Error)(nil); errors.As(err, &e) || ctx.Err() != nil {
		return nil, err
	}
	return nil, ferry.Errorf(ferry.Failed, "nothing answers on port %d of %s: %w", port, n.Name, err).
		WithHint("ferry logs shows what %s says; ferry inspect its services", n.Name)
}
