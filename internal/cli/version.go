package cli

import (
	"context"
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/cli/show"
)

// versions is what `ferry version -o json` prints.
type versions struct {
	Client clientVersion `json:"client"`
	Server *api.Version  `json:"server,omitempty"`
}

type clientVersion struct {
	Ferry string `json:"ferry"`
	Go    string `json:"go"`
}

func newVersionCommand(env *Env) *cobra.Command {
	var output *choice
	var client bool
	c := &cobra.Command{
		Use:     "version",
		Short:   "Show the versions of Ferry and of the engine",
		Long:    "Show the versions of this command, of the server and of the engine behind it.",
		Example: "  ferry version\n  ferry version --client",
		Args:    words(0, 0, ""),
		RunE: func(c *cobra.Command, _ []string) error {
			return runVersion(c.Context(), env, output.value, client)
		},
	}
	c.Flags().BoolVar(&client, "client", false, "this command's only")
	output = addOutput(c)
	return c
}

func runVersion(ctx context.Context, env *Env, format string, clientOnly bool) error {
	v := versions{Client: clientVersion{Ferry: env.Version, Go: runtime.Version()}}
	var failed error
	if !clientOnly {
		v.Server, failed = serverVersion(ctx, env)
	}
	if format != show.Table {
		if err := show.Data(env.Out, format, v); err != nil {
			return err
		}
		return failed
	}
	fmt.Fprintf(env.Out, "ferry   %s (%s)\n", v.Client.Ferry, v.Client.Go)
	if s := v.Server; s != nil {
		fmt.Fprintf(env.Out, "server  %s (pid %d, %s, home %s)\n", s.Ferry, s.PID, orNone(ferry.Size(s.MemoryRSS)), s.Home)
		fmt.Fprintf(env.Out, "engine  %s\n", engineLine(*s))
	}
	return failed
}

func serverVersion(ctx context.Context, env *Env) (*api.Version, error) {
	client, err := env.Connect(ctx)
	if err != nil {
		return nil, err
	}
	v, err := client.Version(ctx)
	if err != nil {
		return nil, err
	}
	return &v, nil
}

func engineLine(v api.Version) string {
	if v.EngineError != "" {
		return "none: " + v.EngineError
	}
	line := fmt.Sprintf("%s %s (API %s)", v.Engine, v.EngineVersion, v.EngineAPI)
	if v.EngineFrom != "" {
		line += fmt.Sprintf(" at %s (from %s)", v.EngineAt, v.EngineFrom)
	}
	return line
}

func orNone(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
