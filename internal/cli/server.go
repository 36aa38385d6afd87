package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/ferry-project/ferry"
)

type serverOptions struct {
	level, format *choice
	tcp           ServerOptions
}

func newServerCommand(env *Env) *cobra.Command {
	o := &serverOptions{}
	c := &cobra.Command{
		Use:   "server",
		Short: "Run the server in the foreground",
		Long: "Run the server that does all the work, in the foreground. Other commands start one in\n" +
			"the background by themselves. It may be killed at any time: stacks go on, and the\n" +
			"next server finishes or undoes what was under way. It serves on a socket that only\n" +
			"you can use; on TCP only with TLS, and a token that it takes from FERRY_TOKEN.",
		Example: "  ferry server --log-level debug\n" +
			"  FERRY_TOKEN=… ferry server --listen :4000 --tls-cert cert.pem --tls-key key.pem\n" +
			"  FERRY_HOST=https://there:4000 FERRY_TOKEN=… FERRY_CA=cert.pem ferry ps",
		Args: words(0, 0, ""),
		RunE: func(c *cobra.Command, _ []string) error { return runServer(c.Context(), env, o) },
	}
	o.addFlags(c)
	return c
}

func (o *serverOptions) addFlags(c *cobra.Command) {
	o.level = addChoice(c, "log-level", "", "how much to log on stderr", "info", "debug", "warn", "error")
	o.format = addChoice(c, "log-format", "", "how to log", "text", "json")
	f := c.Flags()
	f.StringVar(&o.tcp.Listen, "listen", "", "serve on this TCP `address`, too")
	f.StringVar(&o.tcp.TLSCert, "tls-cert", "", "certificate for --listen, a PEM `file`")
	f.StringVar(&o.tcp.TLSKey, "tls-key", "", "its key, a PEM `file`")
	f.IntVar(&o.tcp.Report, "report", 0, "say on this `descriptor` why it ended")
	_ = f.MarkHidden("report") // for commands that start a server; it is there, as the line above shows
	c.MarkFlagsRequiredTogether("listen", "tls-cert", "tls-key")
}

func runServer(ctx context.Context, env *Env, o *serverOptions) error {
	s := o.tcp
	s.LogJSON = o.format.value == "json"
	if err := s.LogLevel.UnmarshalText([]byte(o.level.value)); err != nil {
		return ferry.Errorf(ferry.Invalid, "%w", err)
	}
	return env.Serve(ctx, s)
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
