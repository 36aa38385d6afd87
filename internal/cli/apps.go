package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/cli/show"
	"github.com/ferry-project/ferry/internal/spell"
)

func newAppsCommand(env *Env) *cobra.Command {
	var output *choice
	c := &cobra.Command{
		Use:               "apps [NAME]",
		Short:             "List the built-in applications, or print one",
		Long:              "List the built-in applications, or print the file of one: a good beginning for\none of your own.",
		Example:           "  ferry apps\n  ferry apps hadoop > app.yaml",
		Args:              words(0, 1, ""),
		ValidArgsFunction: completeApps(env),
		RunE: func(c *cobra.Command, args []string) error {
			return runApps(c.Context(), env, output.value, firstWord(args))
		},
	}
	output = addOutput(c)
	return c
}

func runApps(ctx context.Context, env *Env, format, name string) error {
	client, err := env.Connect(ctx)
	if err != nil {
		return err
	}
	apps, err := client.Apps(ctx)
	if err != nil {
		return err
	}
	if name != "" {
		return printApp(env, format, apps, name)
	}
	if format != show.Table {
		return show.Data(env.Out, format, notNil(apps))
	}
	rows := make([][]string, len(apps))
	for i, a := range apps {
		rows[i] = []string{a.Name, a.Metadata.Version, a.Metadata.Author, a.Metadata.Description}
	}
	return show.Rows(env.Out, []string{"name", "version", "author", "description"}, rows)
}

func printApp(env *Env, format string, apps []api.App, name string) error {
	names := make([]string, len(apps))
	for i, a := range apps {
		names[i] = a.Name
		if a.Name != name {
			continue
		}
		if format != show.Table {
			return show.Data(env.Out, format, a)
		}
		_, err := fmt.Fprint(env.Out, a.Text)
		return err
	}
	return ferry.Errorf(ferry.NotFound, "there is no built-in application %q", name).
		WithHint("%sthere are %s", spell.Hint(name, names), strings.Join(names, ", "))
}
