package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/cli/show"
)

type psOptions struct {
	all, quiet bool
	output     *choice
}

func newPsCommand(env *Env) *cobra.Command {
	o := &psOptions{}
	c := &cobra.Command{
		Use:     "ps",
		Aliases: []string{"ls"},
		Short:   "List stacks",
		Long:    "List the stacks that run, with -a also the stopped ones.",
		Example: "  ferry ps -a\n  ferry stop $(ferry ps -q)\n  ferry ps -o json",
		Args:    words(0, 0, ""),
		RunE:    func(c *cobra.Command, _ []string) error { return runPs(c.Context(), env, o) },
	}
	c.Flags().BoolVarP(&o.all, "all", "a", false, "stopped stacks, too")
	c.Flags().BoolVarP(&o.quiet, "quiet", "q", false, "ids only")
	o.output = addOutput(c)
	return c
}

func runPs(ctx context.Context, env *Env, o *psOptions) error {
	client, err := env.Connect(ctx)
	if err != nil {
		return err
	}
	stacks, err := api.Stacks(client).List(ctx, o.all)
	if err != nil {
		return err
	}
	if o.quiet {
		for _, s := range stacks {
			fmt.Fprintln(env.Out, s.ID)
		}
		return nil
	}
	return printStacks(env, o.output.value, stacks)
}

// printStacks prints a listing; what is wrong with a stack is printed beside the table.
func printStacks(env *Env, format string, stacks []ferry.Stack) error {
	if format != show.Table {
		return show.Data(env.Out, format, notNil(stacks))
	}
	if err := show.Stacks(env.Out, stacks, env.Now()); err != nil {
		return err
	}
	for _, s := range stacks {
		for _, p := range s.Problems {
			env.say("%s: %s", s.ID, p)
		}
	}
	return nil
}

// notNil makes an empty listing [] rather than null.
func notNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
