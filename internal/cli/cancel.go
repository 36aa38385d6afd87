package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/ferry-project/ferry"
)

func newCancelCommand(env *Env) *cobra.Command {
	return &cobra.Command{
		Use:   "cancel JOB",
		Short: "Cancel a job and undo what it did",
		Long: "Ask a job to end and to undo what it did. It gives back at once; the job's id is\n" +
			"told by `ferry inspect` and by commands with --detach.",
		Example:           "  ferry cancel jo-77ab",
		Args:              words(1, 1, "a job"),
		ValidArgsFunction: completeJobs(env),
		RunE:              func(c *cobra.Command, args []string) error { return runCancel(c.Context(), env, args[0]) },
	}
}

func runCancel(ctx context.Context, env *Env, job string) error {
	client, err := env.Connect(ctx)
	if err != nil {
		return err
	}
	return client.Cancel(ctx, job)
}

// completeJobs completes the jobs that work on a stack now.
func completeJobs(env *Env) completion {
	return func(c *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		client, err := env.Find(c.Context())
		if err != nil || len(args) > 0 {
			return nil, noFiles
		}
		stacks, err := client.List(c.Context(), true)
		if err != nil {
			return nil, noFiles
		}
		var out []string
		for _, s := range stacks {
			switch s.Status {
			case ferry.Starting, ferry.Stopping, ferry.Removing:
				out = append(out, cobra.CompletionWithDesc(s.Job, s.ID+" "+string(s.Status)))
			}
		}
		return out, noFiles
	}
}
