package cli

import (
	"context"
	"fmt"
	"maps"

	"github.com/spf13/cobra"

	"github.com/ferry-project/ferry/internal/api"
)

func newSSHCommand(env *Env) *cobra.Command {
	var user string
	c := &cobra.Command{
		Use:     "ssh STACK [CONNECTOR|NODE]",
		Aliases: []string{"shell"},
		Short:   "Open a shell in a stack",
		Long: "Open a login shell in the first connector of a stack, or in the one named, or in\n" +
			"a node. It is wired to the backends of the stack. No sshd and no key is needed.",
		Example:           "  ferry ssh lab\n  ferry ssh lab gluster0 -u root\n  echo 'hdfs dfs -ls /' | ferry ssh lab",
		Args:              words(1, 2, "a stack"),
		ValidArgsFunction: completeNodes(env),
		RunE:              func(c *cobra.Command, args []string) error { return runSSH(c.Context(), env, user, args) },
	}
	c.Flags().StringVarP(&user, "user", "u", "", "`user` in the node (default: the node's login user)")
	return c
}

func runSSH(ctx context.Context, env *Env, user string, args []string) error {
	client, err := env.Connect(ctx)
	if err != nil {
		return err
	}
	r := api.ExecRequest{User: user, Stdin: true, TTY: env.Terminal.In && env.Terminal.Out}
	if len(args) == 2 {
		r.Node = args[1]
	}
	return env.exec(ctx, client, args[0], r)
}

// exec runs a command on the user's streams; a command with a terminal gets the
// whole of it: raw, its size, and every change of that.
func (e *Env) exec(ctx context.Context, inside api.Inside, ref string, r api.ExecRequest) error {
	s := api.Streams{Out: e.Out, Err: e.Err}
	if r.Stdin {
		s.In = e.In
	}
	if r.TTY {
		restore, err := e.handOver(&r)
		if err != nil {
			return err
		}
		defer restore()
		var stop context.CancelFunc
		ctx, stop = context.WithCancel(ctx)
		defer stop()
		s.Resize = e.sizes(ctx)
	}
	code, err := inside.Exec(ctx, ref, r, s)
	if err != nil {
		return err
	}
	return exited(code)
}

// handOver makes the terminal raw and sends its kind to the command.
func (e *Env) handOver(r *api.ExecRequest) (restore func(), err error) {
	w, h := e.Terminal.Size()
	r.Width, r.Height = uint(max(w, 0)), uint(max(h, 0))
	if e.TermName != "" {
		vars := map[string]string{"TERM": e.TermName}
		maps.Copy(vars, r.Env)
		r.Env = vars
	}
	if !r.Stdin || !e.Terminal.In {
		return func() {}, nil
	}
	restore, err = e.Terminal.Raw()
	if err != nil {
		return nil, fmt.Errorf("set the terminal to raw mode: %w", err)
	}
	return restore, nil
}

// sizes sends the terminal's size after every change until ctx ends.
func (e *Env) sizes(ctx context.Context) <-chan api.Size {
	sizes := make(chan api.Size)
	go func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-e.Terminal.Resized:
			}
			w, h := e.Terminal.Size()
			select {
			case <-ctx.Done():
				return
			case sizes <- api.Size{Width: uint(max(w, 0)), Height: uint(max(h, 0))}:
			}
		}
	}()
	return sizes
}
