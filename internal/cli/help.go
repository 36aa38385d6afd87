package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/ferry-project/ferry"
)

func newHelpCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "help [COMMAND...]",
		Short:   "Show the help of a command",
		Long:    "Show the help of a command, as its option --help does.",
		Example: "  ferry help start\n  ferry help images build",
		ValidArgsFunction: func(c *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			return subcommands(c.Root(), args), noFiles
		},
		RunE: func(c *cobra.Command, args []string) error { return runHelp(c.Root(), args) },
	}
}

func runHelp(root *cobra.Command, args []string) error {
	c, rest, err := root.Find(args)
	if err != nil || len(rest) > 0 {
		return ferry.Errorf(ferry.Invalid, "there is no command %q", strings.Join(args, " ")).
			WithHint("ferry --help lists the commands")
	}
	c.InitDefaultHelpFlag()
	return c.Help()
}

func subcommands(root *cobra.Command, args []string) []string {
	c, rest, err := root.Find(args)
	if err != nil || len(rest) > 0 {
		return nil
	}
	var out []string
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() {
			out = append(out, cobra.CompletionWithDesc(sub.Name(), sub.Short))
		}
	}
	return out
}
