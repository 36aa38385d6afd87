package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/ferry-project/ferry"
)

func newTestCommand(env *Env) *cobra.Command {
	var how *shown
	c := &cobra.Command{
		Use:   "test STACK",
		Short: "Run the smoke test of every service of a stack",
		Long: "Run the smoke test of every service: an MPI hello on every rank, a MapReduce job,\n" +
			"a row written and read. The exit code tells whether all passed.",
		Example:           "  ferry test lab\n  ferry test sa-1f3c --progress plain",
		Args:              words(1, 1, "a stack"),
		ValidArgsFunction: completeStacks(env, 1),
		RunE:              func(c *cobra.Command, args []string) error { return runTest(c.Context(), env, how, args[0]) },
	}
	how = addProgress(c)
	addTimeout(c, &how.timeout)
	return c
}

func runTest(ctx context.Context, env *Env, how *shown, ref string) error {
	client, err := env.Connect(ctx)
	if err != nil {
		return err
	}
	_, err = watcher{env, client, how}.do(ctx, func(ctx context.Context) (ferry.Job, error) {
		return client.Test(ctx, ref)
	})
	return err
}
