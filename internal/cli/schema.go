package cli

import (
	"context"

	"github.com/spf13/cobra"
)

func newSchemaCommand(env *Env) *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of the application file",
		Long: "Print the JSON Schema of the application file. An editor that knows it completes and\n" +
			"checks while you type: # yaml-language-server: $schema=ferry.schema.json",
		Example: "  ferry schema > ferry.schema.json",
		Args:    words(0, 0, ""),
		RunE:    func(c *cobra.Command, _ []string) error { return runSchema(c.Context(), env) },
	}
}

func runSchema(ctx context.Context, env *Env) error {
	client, err := env.Connect(ctx)
	if err != nil {
		return err
	}
	text, err := client.Schema(ctx)
	if err != nil {
		return err
	}
	_, err = env.Out.Write(text)
	return err
}
