package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
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
		Use:   "rm STACK|SNAPSHOT...",
		Short: "Remove stacks or snapshots with all their data",
		Long: "Remove stacks: containers, networks and every volume; or snapshots, by their ids.\n" +
			"What they hold is lost.\n" +
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
			text, err := whatGoes(ctx, client, ref)
			if err != nil {
				return err
			}
			env.say("%s", text)
		}
	}
	if err := env.confirm(ctx, sure, "Go on?"); err != nil {
		return err
	}
	stacks := slices.DeleteFunc(slices.Clone(refs), isSnapshot)
	return errors.Join(
		o.each(ctx, env, client, stacks, func(ctx context.Context, ref string) (ferry.Job, error) {
			return client.Remove(ctx, ref, o.force)
		}),
		removeSnapshots(ctx, env, client, refs))
}

// isSnapshot: a snapshot is removed by its id only, so that no name means two things.
func isSnapshot(ref string) bool { return strings.HasPrefix(ref, "sn-") }

func whatGoes(ctx context.Context, client api.Ferry, ref string) (string, error) {
	if isSnapshot(ref) {
		d, err := client.InspectSnapshot(ctx, ref)
		return fmt.Sprintf("rm destroys the snapshot %s of %s, %s: %s", d.ID, d.Stack, d.Application, plural(len(d.Volumes), "volume")), err
	}
	d, err := client.Inspect(ctx, ref)
	if err != nil {
		return "", err
	}
	return destroys(d), nil
}

func removeSnapshots(ctx context.Context, env *Env, client api.Ferry, refs []string) error {
	var errs []error
	for _, ref := range refs {
		if !isSnapshot(ref) || ctx.Err() != nil {
			continue
		}
		err := client.RemoveSnapshot(ctx, ref)
		if err == nil {
			fmt.Fprintln(env.Out, ref)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
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
