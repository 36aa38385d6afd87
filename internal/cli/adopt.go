package cli

import (
	"context"

	"github.com/spf13/cobra"
)

func newAdoptCommand(env *Env) *cobra.Command {
	var output *choice
	c := &cobra.Command{
		Use:   "adopt",
		Short: "Take back stacks that only the engine knows",
		Long: "Rebuild the records of stacks from the labels on their containers and networks,\n" +
			"after the records were lost, and list the stacks that were found.",
		Example: "  ferry adopt",
		Args:    words(0, 0, ""),
		RunE:    func(c *cobra.Command, _ []string) error { return runAdopt(c.Context(), env, output.value) },
	}
	output = addOutput(c)
	return c
}

func runAdopt(ctx context.Context, env *Env, format string) error {
	client, err := env.Connect(ctx)
	if err != nil {
		return err
	}
	stacks, err := client.Adopt(ctx)
	if err != nil {
		return err
	}
	return printStacks(env, format, stacks)
}
