package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
)

func newWaitCommand(env *Env) *cobra.Command {
	var timeout time.Duration
	c := &cobra.Command{
		Use:   "wait STACK",
		Short: "Wait until a stack runs",
		Long: "Wait until a stack runs with all of its nodes: one that is being started, changed or\n" +
			"repaired by somebody else, or by the server. One that nobody brings up is an error.",
		Example:           "  ferry wait lab",
		Args:              words(1, 1, "a stack"),
		ValidArgsFunction: completeStacks(env, 1),
		RunE:              func(c *cobra.Command, args []string) error { return runWait(c.Context(), env, timeout, args[0]) },
	}
	addTimeout(c, &timeout)
	return c
}

// lookAgain is how often a stack is looked at on which no job works.
const lookAgain = 500 * time.Millisecond

func runWait(ctx context.Context, env *Env, timeout time.Duration, ref string) error {
	ctx, end := within(ctx, timeout)
	defer end()
	client, err := env.Connect(ctx)
	if err != nil {
		return err
	}
	tick := time.NewTicker(lookAgain)
	defer tick.Stop()
	for {
		d, err := client.Inspect(ctx, ref)
		if ctx.Err() != nil {
			return stopped(ctx)
		}
		if err != nil {
			return err
		}
		if over, err := settled(d.Stack); over {
			return err
		}
		if err := jobOver(ctx, client, d.Job); err != nil && ctx.Err() == nil {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return stopped(ctx)
		}
	}
}

// settled reports whether waiting has ended: the stack runs, or nobody is going to see to it.
func settled(s ferry.Stack) (over bool, err error) {
	switch s.Status {
	case ferry.Running:
		return len(s.Problems) == 0, nil
	case ferry.Stopped, ferry.StartFailed, ferry.Lost:
		return true, ferry.Errorf(ferry.Conflict, "%s is %s, and nobody brings it up", s.ID, s.Status).WithHint("ferry start %s", s.ID)
	}
	return false, nil
}

// jobOver waits for the end of a job; the stack says how it ended.
func jobOver(ctx context.Context, client api.Ferry, job string) error {
	if job == "" {
		return nil
	}
	err := client.Follow(ctx, job, 0, func(ferry.Event) error { return nil })
	if ferry.CodeOf(err) == ferry.NotFound {
		return nil // of long ago
	}
	return err
}
