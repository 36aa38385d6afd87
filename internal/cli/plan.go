package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ferry-project/ferry/internal/cli/show"
)

type planOptions struct {
	sourceOptions
	output *choice
}

func newPlanCommand(env *Env) *cobra.Command {
	o := &planOptions{}
	c := &cobra.Command{
		Use:   "plan APPLICATION",
		Short: "Show all that start would do, without doing it",
		Long: "Show every node, file, volume, port and step that `ferry start` would make of the\n" +
			"application, without making any. Nothing is hidden from the plan but secrets.",
		Example:           "  ferry plan hadoop\n  ferry plan app.yaml --set 'backend[0].storage.instances=5' -o yaml",
		Args:              words(1, 1, "an application"),
		ValidArgsFunction: completeTargets(env),
		RunE:              func(c *cobra.Command, args []string) error { return runPlan(c.Context(), env, o, args[0]) },
	}
	o.addFlags(c)
	o.output = addChoice(c, "output", "o", "how to print", show.Text, show.JSON, show.YAML)
	return c
}

func runPlan(ctx context.Context, env *Env, o *planOptions, target string) error {
	client, err := env.Connect(ctx)
	if err != nil {
		return err
	}
	source, err := o.source(ctx, env, client, target)
	if err != nil {
		return err
	}
	p, err := client.Plan(ctx, source)
	if err != nil {
		return err
	}
	if o.output.value != show.Text {
		return show.Data(env.Out, o.output.value, p)
	}
	_, err = fmt.Fprint(env.Out, env.PlanText(p))
	return err
}
