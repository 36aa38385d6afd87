package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
)

func newBundleCommand(env *Env) *cobra.Command {
	c := &cobra.Command{
		Use:   "bundle STACK [FILE]",
		Short: "Pack what there is to know of a stack into one file",
		Long: "Pack logs, configuration, plan, events, what was waited for with the last answers, and\n" +
			"versions into one zip that may be handed to others: the secrets of the stack are in\n" +
			"none of it. The name of the file is all that is printed on stdout; - is stdout itself.",
		Example:           "  ferry bundle lab\n  ferry bundle sa-1f3c report.zip",
		Args:              words(1, 2, "a stack"),
		ValidArgsFunction: completeStacks(env, 1),
		RunE:              func(c *cobra.Command, args []string) error { return runBundle(c.Context(), env, args) },
	}
	return c
}

func runBundle(ctx context.Context, env *Env, args []string) error {
	client, err := env.Connect(ctx)
	if err != nil {
		return err
	}
	if len(args) == 2 && args[1] == "-" {
		return client.Bundle(ctx, args[0], env.Out)
	}
	d, err := client.Inspect(ctx, args[0])
	if err != nil {
		return err
	}
	file := bundleName(d.ID)
	if len(args) == 2 {
		file = args[1]
	}
	if err := env.bundle(ctx, client, d.ID, file); err != nil {
		return err
	}
	fmt.Fprintln(env.Out, file)
	return nil
}

func bundleName(stack string) string { return "ferry-" + stack + ".zip" }

// bundle writes a bundle to a file that is there only when it is whole.
func (e *Env) bundle(ctx context.Context, bundles api.Bundles, stack, file string) (err error) {
	path := e.path(file)
	part, err := os.OpenFile(path+".part", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return ferry.Errorf(ferry.Failed, "write the bundle: %w", err)
	}
	err = bundles.Bundle(ctx, stack, part)
	if err = errors.Join(err, part.Close()); err == nil {
		err = os.Rename(part.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(part.Name()))
	}
	return nil
}

// bundleTime bounds a bundle that nobody has asked for.
const bundleTime = 2 * time.Minute

// bundle keeps what there is to know of a stack that failed before it goes. That it cannot
// be kept is said, and is not what the run fails with.
func (t *trial) bundle(ctx context.Context) {
	file := t.options.bundle
	switch file {
	case noBundle:
		return
	case "":
		file = bundleName(t.stack)
	}
	ctx, cancel := context.WithTimeout(ctx, bundleTime)
	defer cancel()
	err := t.env.bundle(ctx, t.client, t.stack, file)
	switch {
	case err == nil:
		t.env.say("what there is to know of %s is in %s", t.stack, file)
	case ferry.CodeOf(err) != ferry.NotFound: // it has undone itself
		t.env.say("what there is to know of %s is not kept: %v", t.stack, err)
	}
}
