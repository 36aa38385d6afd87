package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
)

type execOptions struct {
	user, dir   string
	env         []string
	interactive bool
	tty         bool
}

func newExecCommand(env *Env) *cobra.Command {
	o := &execOptions{}
	c := &cobra.Command{
		Use:   "exec STACK [CONNECTOR|NODE] -- COMMAND...",
		Short: "Run a command in a stack",
		Long: "Run a command in the first connector of a stack, or in the one named, or in a\n" +
			"node. The exit code is the command's. Its stdin is yours; -i=false leaves it empty.",
		Example: "  ferry exec lab -- mpirun hostname\n" +
			"  ferry exec lab gluster0 -- gluster volume info\n" +
			"  ferry exec lab -- hdfs dfs -put - /data < data.csv",
		ValidArgsFunction: completeNodes(env),
		RunE: func(c *cobra.Command, args []string) error {
			auto := !c.Flags().Changed("tty")
			return runExec(c.Context(), env, o.resolve(env, auto), args, c.ArgsLenAtDash())
		},
		Args: func(c *cobra.Command, args []string) error { return execWords(args, c.ArgsLenAtDash()) },
	}
	o.addFlags(c)
	return c
}

func (o *execOptions) addFlags(c *cobra.Command) {
	f := c.Flags()
	f.StringVarP(&o.user, "user", "u", "", "`user` in the node (default: the node's login user)")
	f.StringVarP(&o.dir, "workdir", "w", "", "working `folder` in the node (default: the user's home)")
	f.StringArrayVarP(&o.env, "env", "e", nil, "set a variable: `name=value` (repeatable)")
	f.BoolVarP(&o.interactive, "interactive", "i", true, "hand stdin to the command")
	f.BoolVarP(&o.tty, "tty", "t", false, "give the command a terminal (default: when stdin and stdout are one)")
}

// resolve decides what was left to Ferry.
func (o *execOptions) resolve(env *Env, auto bool) execOptions {
	r := *o
	if auto {
		r.tty = r.interactive && env.Terminal.In && env.Terminal.Out
	}
	return r
}

// execWords insists on the dashes: a command's own options would be taken for ours.
func execWords(args []string, dash int) error {
	switch {
	case len(args) == 0 || dash == 0:
		return ferry.Errorf(ferry.Invalid, "ferry exec needs a stack").WithHint("usage: ferry exec STACK [NODE] -- COMMAND")
	case dash < 0 || dash == len(args):
		return ferry.Errorf(ferry.Invalid, "ferry exec needs a command after --").
			WithHint("ferry exec %s -- COMMAND; for a shell: ferry ssh %s", args[0], strings.Join(args[:min(2, len(args))], " "))
	case dash > 2:
		return ferry.Errorf(ferry.Invalid, "ferry exec takes a stack and a node before --, not %q too", args[2])
	}
	return nil
}

func runExec(ctx context.Context, env *Env, o execOptions, args []string, dash int) error {
	vars, err := pairs("--env", o.env)
	if err != nil {
		return err
	}
	client, err := env.Connect(ctx)
	if err != nil {
		return err
	}
	r := api.ExecRequest{Command: args[dash:], User: o.user, Dir: o.dir, Env: vars, TTY: o.tty, Stdin: o.interactive}
	if dash == 2 {
		r.Node = args[1]
	}
	return env.exec(ctx, client, args[0], r)
}
