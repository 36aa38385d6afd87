package cli

import (
	"context"
	"errors"
	"os/exec"
	"time"

	"github.com/spf13/cobra"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
)

type runOptions struct {
	startOptions
	in      string
	timeout time.Duration
	keep    *choice
	bundle  string
	reuse   time.Duration
}

// When a stack that a command ran against stays.
const (
	keepNever  = "never"
	keepFailed = "failed"
	keepAlways = "always"
)

// noBundle is no file for a bundle.
const noBundle = "none"

// reuseTime is how long a stack waits for the next run that reuses it.
const reuseTime = 10 * time.Minute

func newRunCommand(env *Env) *cobra.Command {
	o := &runOptions{}
	c := &cobra.Command{
		Use:   "run APPLICATION|SNAPSHOT -- COMMAND...",
		Short: "Start a stack, run a command against it, remove it",
		Long: "Start a stack, or one that begins with a snapshot, run a command against it, and remove\n" +
			"it again, whatever happened: also when this ferry is killed, by the server. The command\n" +
			"runs on this machine, with the addresses of the backends in its environment\n" +
			"(BACKEND_STORAGE_…, BACKEND_COMPUTE_…, FERRY_STACK; a password is in the file that\n" +
			"BACKEND_STORAGE_PASSWORD_FILE names), or with --in in a connector. The exit code is the\n" +
			"command's: a test in one line.",
		Example: "  ferry run cassandra:3 -- ./integration-test.sh\n" +
			"  ferry run hadoop --in hadoop-client -- hdfs dfs -ls /\n" +
			"  ferry run loaded-data --timeout 10m --keep failed -- make test\n" +
			"  ferry run cassandra:3 --reuse -- pytest",
		ValidArgsFunction: completeTargets(env),
		Args:              func(c *cobra.Command, args []string) error { return runWords(args, c.ArgsLenAtDash()) },
		RunE:              func(c *cobra.Command, args []string) error { return runRun(c.Context(), env, o, args) },
	}
	o.addLaunchFlags(c)
	f := c.Flags()
	f.StringVar(&o.in, "in", "", "run the command in this `connector` or node of the stack")
	f.DurationVar(&o.timeout, "timeout", 0, "how `long` start and command may take together (exit code 124)")
	o.keep = addChoice(c, "keep", "", "when the stack stays", keepNever, keepFailed, keepAlways)
	f.StringVar(&o.bundle, "bundle", "", "when it fails, `file` for what there is to know of the stack (default ferry-ID.zip; none: no file)")
	f.DurationVar(&o.reuse, "reuse", 0, "share a stack of the same plan with other runs; it goes so `long` after the last")
	f.Lookup("reuse").NoOptDefVal = reuseTime.String()
	return c
}

func runWords(args []string, dash int) error {
	if len(args) == 0 || dash != 1 || len(args) < 2 {
		return ferry.Errorf(ferry.Invalid, "ferry run needs an application and a command after --").
			WithHint("usage: ferry run APPLICATION -- COMMAND")
	}
	return nil
}

func (o *runOptions) check(command string) error {
	switch {
	case o.timeout < 0 || o.reuse < 0:
		return ferry.Errorf(ferry.Invalid, "--timeout and --reuse take a time from now on: 10m")
	case o.reuse > 24*time.Hour:
		return ferry.Errorf(ferry.Invalid, "--reuse=%s is more than a day", o.reuse).WithHint("ferry start keeps a stack until it is removed")
	case o.reuse > 0 && o.name != "":
		return ferry.Errorf(ferry.Invalid, "a stack that runs share has no name of one's own: --name or --reuse")
	case o.in == "": // looked for before minutes are spent on a stack
		if _, err := exec.LookPath(command); err != nil {
			return ferry.Errorf(ferry.Invalid, "%w", err)
		}
	}
	return nil
}

func runRun(ctx context.Context, env *Env, o *runOptions, args []string) error {
	if err := o.check(args[1]); err != nil {
		return err
	}
	client, err := env.Connect(ctx)
	if err != nil {
		return err
	}
	request, err := o.request(ctx, env, client, args[0])
	if err != nil {
		return err
	}
	if o.keep.value != keepAlways {
		request.Lease = &api.LeaseRequest{Linger: o.reuse, Reuse: o.reuse > 0}
	}
	request.Retain = true // until it has been looked into
	bounded, cancel := o.bound(ctx)
	defer cancel()
	r := &trial{env: env, options: o, client: client, request: request}
	defer r.letGo()
	err = r.start(bounded)
	if err == nil {
		err = o.against(bounded, env, client, r.stack, args[1:])
	}
	if late, ok := errors.AsType[timedOut](context.Cause(bounded)); ok && err != nil && ctx.Err() == nil {
		err = late
	}
	return r.end(ctx, err)
}

// bound makes a context that ends in time, with timedOut as the cause.
func (o *runOptions) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	if o.timeout == 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, o.timeout, timedOut{o.timeout})
}

// timedOut is the end of a run that took too long.
type timedOut struct{ after time.Duration }

func (e timedOut) Error() string { return "it was not done within " + e.after.String() }

// Unwrap makes it a failure, and no defect.
func (e timedOut) Unwrap() error { return ferry.Errorf(ferry.Failed, "%s", e.Error()) }

// against runs the command, here or in a node.
func (o *runOptions) against(ctx context.Context, env *Env, client api.Ferry, stack string, command []string) error {
	if o.in == "" {
		return env.against(ctx, client, stack, command)
	}
	err := env.exec(ctx, client, stack, api.ExecRequest{
		Node: o.in, Command: command, Stdin: true, Env: map[string]string{"FERRY_STACK": stack},
	})
	if ctx.Err() != nil {
		return errInterrupted
	}
	return err
}
