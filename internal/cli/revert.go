package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
)

type revertOptions struct {
	discard  bool
	progress *shown
}

func newRevertCommand(env *Env) *cobra.Command {
	o := &revertOptions{}
	c := &cobra.Command{
		Use:   "revert STACK SNAPSHOT",
		Short: "Take a stack back to a snapshot of it",
		Long: "Take a stack back to what it was, in place: its id, addresses and ports stay. What it\n" +
			"holds now is saved as a snapshot first, unless --discard says that it may be lost.",
		Example:           "  ferry revert lab before-upgrade\n  ferry revert --discard sa-1f3c sn-77aa",
		Args:              words(2, 2, "a stack and a snapshot"),
		ValidArgsFunction: completeStacks(env, 1),
		RunE: func(c *cobra.Command, args []string) error {
			return runRevert(c.Context(), env, o, args[0], args[1])
		},
	}
	c.Flags().BoolVar(&o.discard, "discard", false, "lose what the stack holds now")
	o.progress = addProgress(c)
	return c
}

func runRevert(ctx context.Context, env *Env, o *revertOptions, ref, snapshot string) error {
	client, err := env.Connect(ctx)
	if err != nil {
		return err
	}
	job, err := watcher{env, client, o.progress}.do(ctx, func(ctx context.Context) (ferry.Job, error) {
		return client.Revert(ctx, ref, api.RevertRequest{Snapshot: snapshot, Discard: o.discard})
	})
	if err == nil {
		fmt.Fprintln(env.Out, job.Stack)
	}
	return err
}
