package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
)

type runOptions struct {
	startOptions
	keep bool
}

func newRunCommand(env *Env) *cobra.Command {
	o := &runOptions{}
	c := &cobra.Command{
		Use:   "run APPLICATION -- COMMAND...",
		Short: "Start a stack, run a command of this machine against it, remove it",
		Long: "Start a stack, run a command on this machine with the addresses of the backends in\n" +
			"its environment (BACKEND_STORAGE_…, BACKEND_COMPUTE_…, FERRY_STACK), and remove the\n" +
			"stack again, whatever happened. The exit code is the command's: a test in one line.\n" +
			"A password is in the file that BACKEND_STORAGE_PASSWORD_FILE names.",
		Example: "  ferry run cassandra:3 -- ./integration-test.sh\n" +
			"  ferry run hadoop -- sh -c 'ferry exec $FERRY_STACK -- hdfs dfs -ls /'\n" +
			"  ferry run app.yaml --keep -- make test",
		ValidArgsFunction: completeTargets(env),
		Args:              func(c *cobra.Command, args []string) error { return runWords(args, c.ArgsLenAtDash()) },
		RunE:              func(c *cobra.Command, args []string) error { return runRun(c.Context(), env, o, args) },
	}
	o.addLaunchFlags(c)
	c.Flags().BoolVar(&o.keep, "keep", false, "leave the stack running")
	return c
}

func runWords(args []string, dash int) error {
	if len(args) == 0 || dash != 1 || len(args) < 2 {
		return ferry.Errorf(ferry.Invalid, "ferry run needs an application and a command after --").
			WithHint("usage: ferry run APPLICATION -- COMMAND")
	}
	return nil
}

func runRun(ctx context.Context, env *Env, o *runOptions, args []string) error {
	if _, err := exec.LookPath(args[1]); err != nil { // before minutes are spent on a stack
		return ferry.Errorf(ferry.Invalid, "%w", err)
	}
	client, err := env.Connect(ctx)
	if err != nil {
		return err
	}
	request, err := o.request(ctx, env, client, args[0])
	if err != nil {
		return err
	}
	job, err := o.launch(ctx, env, client, request)
	if err == nil {
		err = env.against(ctx, client, job.Stack, args[1:])
	}
	if job.State != ferry.JobDone || o.keep { // a start that failed has undone itself
		if job.State == ferry.JobDone {
			env.say("%s is kept; to remove it: ferry rm --force %s", job.Stack, job.Stack)
		}
		return err
	}
	return errors.Join(err, o.tearDown(ctx, env, client, job.Stack))
}

// tearDown removes the stack although ctx may have ended; only a second Ctrl-C
// leaves the rest of it to the server.
func (o *runOptions) tearDown(ctx context.Context, env *Env, client api.Ferry, stack string) error {
	ctx, cancel := patient(ctx, env)
	defer cancel()
	_, err := watcher{env, client, o.progress}.do(ctx, func(ctx context.Context) (ferry.Job, error) {
		return client.Remove(ctx, stack, true)
	})
	return err
}

// against runs a command on this machine with the stack in its environment.
func (e *Env) against(ctx context.Context, client api.Ferry, stack string, command []string) error {
	d, err := client.Inspect(ctx, stack)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "ferry-run-") // for secrets; nobody else may look into it
	if err != nil {
		return fmt.Errorf("make a folder for the command's secrets: %w", err)
	}
	defer os.RemoveAll(dir)
	if d.Plan.Network.Private {
		e.say("the network of %s is private: this machine reaches its nodes by ferry exec, cp and ssh only", d.ID)
	}
	vars, err := hostEnv(ctx, client, d, dir)
	if err != nil {
		return err
	}
	c := exec.CommandContext(ctx, command[0], command[1:]...)
	c.Stdin, c.Stdout, c.Stderr = e.In, e.Out, e.Err
	c.Dir = e.Dir
	c.Env = append(append([]string{}, e.Environ...), vars...)
	// Ctrl-C on a terminal reaches the command by itself; this is for a signal
	// that only Ferry got.
	c.Cancel = func() error { return c.Process.Signal(syscall.SIGTERM) }
	c.WaitDelay = 10 * time.Second
	err = c.Run()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return errInterrupted
	case errors.As(err, &exit):
		return exited(exitStatus(exit.ProcessState))
	case err != nil:
		return ferry.Errorf(ferry.Failed, "run %s: %w", command[0], err)
	}
	return nil
}

// exitStatus counts a signal as shells do.
func exitStatus(s *os.ProcessState) int {
	if w, ok := s.Sys().(syscall.WaitStatus); ok && w.Signaled() {
		return 128 + int(w.Signal())
	}
	return s.ExitCode()
}
