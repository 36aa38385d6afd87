package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/cli/show"
)

func newInspectCommand(env *Env) *cobra.Command {
	var output *choice
	c := &cobra.Command{
		Use:   "inspect STACK|SNAPSHOT",
		Short: "Show a stack with its nodes, addresses and web pages, or a snapshot",
		Long: "Show a stack with its nodes, addresses and web pages; as json or yaml also its\n" +
			"whole plan. A stack is named by its id, the beginning of its id, or its name.",
		Example:           "  ferry inspect lab\n  ferry inspect sa-1f3c -o json",
		Args:              words(1, 1, "a stack"),
		ValidArgsFunction: completeStacks(env, 1),
		RunE: func(c *cobra.Command, args []string) error {
			return runInspect(c.Context(), env, output.value, args[0])
		},
	}
	output = addOutput(c)
	return c
}

func runInspect(ctx context.Context, env *Env, format, ref string) error {
	d, err := env.inspect(ctx, ref)
	if ferry.CodeOf(err) == ferry.NotFound {
		return inspectSnapshot(ctx, env, format, ref, err)
	}
	if err != nil {
		return err
	}
	if format != show.Table {
		return show.Data(env.Out, format, d)
	}
	return show.Stack(env.Out, d.Stack, env.Now())
}

// inspectSnapshot shows a snapshot, if it is one that no stack is called as.
func inspectSnapshot(ctx context.Context, env *Env, format, ref string, unknown error) error {
	client, err := env.Connect(ctx)
	if err != nil {
		return err
	}
	d, err := client.InspectSnapshot(ctx, ref)
	switch {
	case ferry.CodeOf(err) == ferry.NotFound && !strings.HasPrefix(ref, "sn-"):
		return unknown
	case err != nil:
		return err
	case format != show.Table:
		return show.Data(env.Out, format, d)
	}
	return show.Snapshot(env.Out, d.Snapshot, env.Now())
}

// inspect returns one stack, from a server that is started when none answers.
func (e *Env) inspect(ctx context.Context, ref string) (api.Detail, error) {
	_, d, err := e.reach(ctx, ref)
	return d, err
}

// reach returns one stack with the server that it was asked of.
func (e *Env) reach(ctx context.Context, ref string) (api.Ferry, api.Detail, error) {
	client, err := e.Connect(ctx)
	if err != nil {
		return nil, api.Detail{}, err
	}
	d, err := client.Inspect(ctx, ref)
	return client, d, err
}
