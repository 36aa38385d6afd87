package api

import (
	"context"
	"io"
)

// Bundles hold what there is to know of a stack, for others to look into.
type Bundles interface {
	// Bundle writes a zip with logs, configuration, plan, events, the probes' last answers
	// and versions. It holds none of the stack's secrets.
	Bundle(ctx context.Context, ref string, w io.Writer) error
}
