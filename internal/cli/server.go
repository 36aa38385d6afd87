package cli

import (
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/ferry-project/ferry"
)

func newServerCommand(env *Env) *cobra.Command {
	var level, format *choice
	c := &cobra.Command{
		Use:   "server",
		Short: "Run the server in the foreground",
		Long: "Run the server that does all the work, in the foreground. Other commands start one in\n" +
			"the background by themselves. It may be killed at any time: stacks go on, and the\n" +
			"next server finishes or undoes what was under way.",
		Example: "  ferry server --log-level debug",
		Args:    words(0, 0, ""),
	}
	level = addChoice(c, "log-level", "", "how much to log on stderr", "info", "debug", "warn", "error")
	format = addChoice(c, "log-format", "", "how to log", "text", "json")
	c.RunE = func(c *cobra.Command, _ []string) error {
		o := ServerOptions{LogJSON: format.value == "json"}
		if err := o.LogLevel.UnmarshalText([]byte(level.value)); err != nil {
			o.LogLevel = slog.LevelInfo
		}
		return env.Serve(c.Context(), o)
	}
	return c
}

func newQuitCommand(env *Env) *cobra.Command {
	return &cobra.Command{
		Use:     "quit",
		Short:   "End the server; stacks go on",
		Long:    "End the server. Stacks go on running; the next command starts a server again.",
		Example: "  ferry quit",
		Args:    words(0, 0, ""),
		RunE: func(c *cobra.Command, _ []string) error {
			client, err := env.Find(c.Context())
			if ferry.CodeOf(err) == ferry.Unavailable {
				env.say("no server is running")
				return nil
			}
			if err != nil {
				return err
			}
			return client.Quit(c.Context())
		},
	}
}
