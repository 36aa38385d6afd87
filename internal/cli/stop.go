package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
)

type stopOptions struct {
	detach   bool
	progress *shown
}

func newStopCommand(env *Env) *cobra.Command {
	o := &stopOptions{}
	c := &cobra.Command{
		Use:   "stop STACK...",
		Short: "Stop stacks; their data stays",
		Long: "Stop stacks in order, clients first and storage last. Their data stays, and\n" +
			"`ferry start` with the same id starts them again.",
		Example:           "  ferry stop lab\n  ferry stop $(ferry ps -q)",
		Args:              words(1, many, "a stack"),
		ValidArgsFunction: completeStacks(env, many),
		RunE:              func(c *cobra.Command, args []string) error { return runStop(c.Context(), env, o, args) },
	}
	o.addFlags(c)
	return c
}

func (o *stopOptions) addFlags(c *cobra.Command) {
	c.Flags().BoolVarP(&o.detach, "detach", "d", false, "leave at once; the server goes on")
	o.progress = addProgress(c)
	addTimeout(c, &o.progress.timeout)
}

func runStop(ctx context.Context, env *Env, o *stopOptions, refs []string) error {
	client, err := env.Connect(ctx)
	if err != nil {
		return err
	}
	return o.each(ctx, env, client, refs, client.Stop)
}

// each does one job per stack, one after the other; one that fails does not keep
// the next from its turn, Ctrl-C does. The ids are printed as they are done.
func (o *stopOptions) each(ctx context.Context, env *Env, client api.Ferry, refs []string,
	verb func(ctx context.Context, ref string) (ferry.Job, error),
) error {
	var errs []error
	for _, ref := range refs {
		if ctx.Err() != nil {
			break
		}
		ask := func(ctx context.Context) (ferry.Job, error) { return verb(ctx, ref) }
		if err := o.one(ctx, env, client, ask); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func (o *stopOptions) one(ctx context.Context, env *Env, client api.Ferry, ask func(context.Context) (ferry.Job, error)) error {
	if o.detach {
		job, err := ask(ctx)
		if err == nil {
			env.detached(job, job.Stack)
		}
		return err
	}
	job, err := watcher{env, client, o.progress}.do(ctx, ask)
	if err == nil {
		fmt.Fprintln(env.Out, job.Stack)
	}
	return err
}
