package cli

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"
)

// addTimeout adds --timeout.
func addTimeout(c *cobra.Command, timeout *time.Duration) {
	c.Flags().DurationVar(timeout, "timeout", 0, "end it, with exit code 124, when it takes longer than this `time` (5m, 90s)")
}

// within returns a context that ends with the time of --timeout, too.
func within(ctx context.Context, timeout time.Duration) (context.Context, context.CancelFunc) {
	if timeout <= 0 {
		return ctx, func() {}
	}
	return context.WithTimeoutCause(ctx, timeout, timedOut{timeout})
}

// isLate reports whether a context has ended because its time was up.
func isLate(ctx context.Context) bool {
	_, late := errors.AsType[timedOut](context.Cause(ctx))
	return late
}

// stopped is why a context has ended that the user can end: by Ctrl-C, or by --timeout.
func stopped(ctx context.Context) error {
	if isLate(ctx) {
		return context.Cause(ctx)
	}
	return errInterrupted
}
