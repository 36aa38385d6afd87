package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/ferry-project/ferry"
)

// completion completes one word from the words before it.
type completion = func(c *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective)

const noFiles = cobra.ShellCompDirectiveNoFileComp

// completeStacks completes ids and names of stacks, for at most n arguments.
func completeStacks(env *Env, n int) completion {
	return func(c *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if n != many && len(args) >= n {
			return nil, noFiles
		}
		return stackWords(c.Context(), env, nil), noFiles
	}
}

// completeNodes completes a stack, then one of its nodes and connectors.
func completeNodes(env *Env) completion {
	return func(c *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		switch len(args) {
		case 0:
			return stackWords(c.Context(), env, nil), noFiles
		case 1:
			return nodeWords(c.Context(), env, args[0]), noFiles
		}
		return nil, cobra.ShellCompDirectiveDefault
	}
}

// completeTargets completes what can be started: applications, stopped stacks, files.
func completeTargets(env *Env) completion {
	return func(c *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveDefault
		}
		stopped := func(s ferry.Stack) bool { return s.Status != ferry.Running }
		found := append(appWords(c.Context(), env), stackWords(c.Context(), env, stopped)...)
		return found, cobra.ShellCompDirectiveDefault
	}
}

// completeApps completes the names of built-in applications.
func completeApps(env *Env) completion {
	return func(c *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, noFiles
		}
		return appWords(c.Context(), env), noFiles
	}
}

// The word lists ask the server that runs, and are empty without one: to
// complete a word must neither start a server nor print an error.

func stackWords(ctx context.Context, env *Env, wanted func(ferry.Stack) bool) []string {
	client, err := env.Find(ctx)
	if err != nil {
		return nil
	}
	stacks, err := client.List(ctx, true)
	if err != nil {
		return nil
	}
	var out []string
	for _, s := range stacks {
		if wanted != nil && !wanted(s) {
			continue
		}
		about := s.Application + ", " + string(s.Status)
		out = append(out, cobra.CompletionWithDesc(s.ID, about))
		if s.Name != "" {
			out = append(out, cobra.CompletionWithDesc(s.Name, about))
		}
	}
	return out
}

func nodeWords(ctx context.Context, env *Env, ref string) []string {
	client, err := env.Find(ctx)
	if err != nil {
		return nil
	}
	d, err := client.Inspect(ctx, ref)
	if err != nil {
		return nil
	}
	var out []string
	for _, s := range d.Services {
		if s.Class == ferry.Connector && s.Name != "" {
			out = append(out, cobra.CompletionWithDesc(s.Name, s.Personality))
		}
		for _, n := range s.Nodes {
			if n.Name != s.Name {
				out = append(out, cobra.CompletionWithDesc(n.Name, s.Personality))
			}
		}
	}
	return out
}

func appWords(ctx context.Context, env *Env) []string {
	client, err := env.Find(ctx)
	if err != nil {
		return nil
	}
	apps, err := client.Apps(ctx)
	if err != nil {
		return nil
	}
	out := make([]string, len(apps))
	for i, a := range apps {
		out[i] = cobra.CompletionWithDesc(a.Name, a.Metadata.Description)
	}
	return out
}
