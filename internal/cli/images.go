package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/cli/show"
)

func newImagesCommand(env *Env) *cobra.Command {
	c := &cobra.Command{
		Use:     "images",
		Short:   "List, build and remove the images of nodes",
		Long:    "List, build and remove the images that nodes are made of. A start builds what it\nneeds by itself; `images build` does it beforehand.",
		Example: "  ferry images ls\n  ferry images build",
		Args:    words(0, 0, ""),
		RunE:    func(c *cobra.Command, _ []string) error { return runImagesLs(c.Context(), env, show.Table) },
	}
	c.AddCommand(newImagesLsCommand(env), newImagesBuildCommand(env), newImagesRmCommand(env))
	return c
}

func newImagesLsCommand(env *Env) *cobra.Command {
	var output *choice
	c := &cobra.Command{
		Use:     "ls",
		Short:   "List images and recipes",
		Long:    "List every recipe with its image, and the connector images of your own.",
		Example: "  ferry images ls\n  ferry images ls -o json",
		Args:    words(0, 0, ""),
		RunE:    func(c *cobra.Command, _ []string) error { return runImagesLs(c.Context(), env, output.value) },
	}
	output = addOutput(c)
	return c
}

func runImagesLs(ctx context.Context, env *Env, format string) error {
	client, err := env.Connect(ctx)
	if err != nil {
		return err
	}
	images, err := client.Images(ctx)
	if err != nil {
		return err
	}
	if format != show.Table {
		return show.Data(env.Out, format, notNil(images))
	}
	rows := make([][]string, len(images))
	for i, m := range images {
		age := ""
		if !m.Created.IsZero() {
			age = show.Age(env.Now().Sub(m.Created))
		}
		rows[i] = []string{m.Recipe, m.Ref, imageState(m), ferry.Size(m.Size), age, strings.Join(m.UsedBy, ",")}
	}
	return show.Rows(env.Out, []string{"recipe", "image", "state", "size", "age", "used by"}, rows)
}

func imageState(m api.Image) string {
	switch {
	case !m.Built:
		return "not built"
	case !m.Current:
		return "old"
	}
	return "built"
}

func newImagesBuildCommand(env *Env) *cobra.Command {
	o := &stopOptions{}
	c := &cobra.Command{
		Use:               "build [RECIPE...]",
		Short:             "Build images",
		Long:              "Build the named recipes and what they stand on, or all. What is built already is\nnot built again.",
		Example:           "  ferry images build\n  ferry images build hadoop mpi",
		ValidArgsFunction: completeRecipes(env),
		RunE:              func(c *cobra.Command, args []string) error { return runImagesBuild(c.Context(), env, o, args) },
	}
	o.addFlags(c)
	return c
}

func runImagesBuild(ctx context.Context, env *Env, o *stopOptions, recipes []string) error {
	client, err := env.Connect(ctx)
	if err != nil {
		return err
	}
	build := func(ctx context.Context) (ferry.Job, error) { return client.Build(ctx, recipes) }
	if o.detach {
		job, err := build(ctx)
		if err == nil {
			env.detached(job, job.ID)
		}
		return err
	}
	_, err = watcher{env, client, o.progress}.do(ctx, build)
	return err
}

func newImagesRmCommand(env *Env) *cobra.Command {
	var yes bool
	c := &cobra.Command{
		Use:   "rm [RECIPE|IMAGE...]",
		Short: "Remove images that no stack uses",
		Long: "Remove the named images, or with no name all that no recipe asks for any more.\n" +
			"Images that a stack uses stay. Asks first on a terminal; elsewhere --yes is needed.",
		Example:           "  ferry images rm --yes\n  ferry images rm hadoop",
		ValidArgsFunction: completeRecipes(env),
		RunE:              func(c *cobra.Command, args []string) error { return runImagesRm(c.Context(), env, yes, args) },
	}
	c.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	return c
}

func runImagesRm(ctx context.Context, env *Env, yes bool, names []string) error {
	what := "every image that no recipe asks for any more"
	if len(names) > 0 {
		what = strings.Join(names, ", ")
	}
	if !yes {
		env.say("images rm destroys %s; to have it again is a build", what)
	}
	if err := env.confirm(ctx, yes, "Go on?"); err != nil {
		return err
	}
	client, err := env.Connect(ctx)
	if err != nil {
		return err
	}
	removed, err := client.RemoveImages(ctx, names)
	for _, ref := range removed {
		fmt.Fprintln(env.Out, ref)
	}
	return err
}

// completeRecipes completes the names of recipes.
func completeRecipes(env *Env) completion {
	return func(c *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
		client, err := env.Find(c.Context())
		if err != nil {
			return nil, noFiles
		}
		images, err := client.Images(c.Context())
		if err != nil {
			return nil, noFiles
		}
		var out []string
		for _, m := range images {
			if m.Recipe != "" {
				out = append(out, cobra.CompletionWithDesc(m.Recipe, imageState(m)))
			}
		}
		return out, noFiles
	}
}
