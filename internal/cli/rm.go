package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
)

type rmOptions struct {
	stopOptions
	force, yes bool
}

func newRmCommand(env *Env) *cobra.Command {
	o := &rmOptions{}
	c := &cobra.Command{
		Use:   "rm STACK...",
		Short: "Remove stacks with all their data",
		Long: "Remove stacks: containers, networks and every volume. What they hold is lost.\n" +
			"Asks first on a terminal; in scripts --yes is needed, or --force.",
		Example:           "  ferry rm lab\n  ferry rm --force sa-1f3c",
		Args:              words(1, many, "a stack"),
		ValidArgsFunction: completeStacks(env, many),
		RunE:              func(c *cobra.Command, args []string) error { return runRm(c.Context(), env, o, args) },
	}
	o.addFlags(c)
	c.Flags().BoolVarP(&o.force, "force", "f", false, "also a stack that runs, without asking")
	c.Flags().BoolVarP(&o.yes, "yes", "y", false, "do not ask")
	return c
}

func runRm(ctx context.Context, env *Env, o *rmOptions, refs []string) error {
	client, err := env.Connect(ctx)
	if err != nil {
		return err
	}
	sure := o.yes || o.force
	if !sure {
		for _, ref := range refs {
			d, err := client.Inspect(ctx, ref)
			if err != nil {
				return err
			}
			env.say("%s", destroys(d))
		}
	}
	if err := env.confirm(ctx, sure, "Go on?"); err != nil {
		return err
	}
	return o.each(ctx, env, client, refs, func(ctx context.Context, ref string) (ferry.Job, error) {
		return client.Remove(ctx, ref, o.force)
	})
}

// destroys says what goes with a stack.
func destroys(d api.Detail) string {
	var holders []string
	volumes := 0
	for _, n := range d.Plan.Nodes {
		if own := holding(n.Volumes); own > 0 {
			volumes += own
			holders = append(holders, n.Name)
		}
	}
	label := d.ID
	if d.Name != "" {
		label += " (" + d.Name + ")"
	}
	text := fmt.Sprintf("rm destroys %s, %s, %s: %s", label, d.Application, d.Status, plural(len(d.Plan.Nodes), "node"))
	if volumes > 0 {
		text += fmt.Sprintf(" and %s with the data of %s", plural(volumes, "volume"), strings.Join(holders, ", "))
	}
	return text
}

// holding counts the volumes with data of the node's own.
func holding(volumes []ferry.Volume) int {
	n := 0
	for _, v := range volumes {
		if !v.Scratch && v.Of == "" {
			n++
		}
	}
	return n
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
