package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/cli/show"
)

type changeOptions struct {
	sourceOptions
	progress *shown
	dry      bool
	output   *choice
}

func newScaleCommand(env *Env) *cobra.Command {
	o := &changeOptions{}
	c := &cobra.Command{
		Use:   "scale STACK SERVICE=N...",
		Short: "Change how many nodes services of a running stack have",
		Long: "Bring services of a stack to other counts, by the service's own safe procedure. A\n" +
			"service is named by its personality, or by its id. What stays keeps its names,\n" +
			"addresses, ports and memory. What would lose data is refused. A change that fails is\n" +
			"taken back.",
		Example:           "  ferry scale lab mpi=4\n  ferry scale lab mpi=4 --dry-run",
		Args:              words(2, many, "a stack, and a service with its count"),
		ValidArgsFunction: completeStacks(env, 1),
		RunE: func(c *cobra.Command, args []string) error {
			counts, err := countsOf(args[1:])
			if err != nil {
				return err
			}
			return runChange(c.Context(), env, o, args[0], func(context.Context, api.Ferry) (api.Change, error) {
				return api.Change{Instances: counts}, nil
			})
		},
	}
	c.Flags().BoolVar(&o.dry, "dry-run", false, "say what would be done, and do nothing")
	o.progress = addProgress(c)
	return c
}

// countsOf reads SERVICE=N.
func countsOf(args []string) (map[string]int, error) {
	counts := map[string]int{}
	for _, a := range args {
		name, text, ok := strings.Cut(a, "=")
		n, err := strconv.Atoi(text)
		if !ok || name == "" || err != nil {
			return nil, ferry.Errorf(ferry.Invalid, "%q is no service with its count", a).WithHint("for example: mpi=4")
		}
		if _, twice := counts[name]; twice {
			return nil, ferry.Errorf(ferry.Invalid, "%s is given twice", name)
		}
		counts[name] = n
	}
	return counts, nil
}

func newApplyCommand(env *Env) *cobra.Command {
	o := &changeOptions{}
	c := &cobra.Command{
		Use:   "apply APPLICATION STACK",
		Short: "Bring a stack to what a file says by now",
		Long: "Bring a stack to what an application says by now, by the least that does: only what\n" +
			"changes is touched, and only nodes that must are restarted, one of a service at a time.\n" +
			"ferry diff says beforehand what that is.",
		Example: "  ferry apply app.yaml lab",
		Args:    words(2, 2, "an application and a stack"),
		RunE: func(c *cobra.Command, args []string) error {
			return runChange(c.Context(), env, o, args[1], o.application(env, args[0]))
		},
	}
	o.addFlags(c)
	o.progress = addProgress(c)
	return c
}

func newDiffCommand(env *Env) *cobra.Command {
	o := &changeOptions{dry: true}
	c := &cobra.Command{
		Use:   "diff APPLICATION STACK",
		Short: "Say what apply would do, and why",
		Long: "Say what `ferry apply` would do to a stack, and why. The exit code is 0 when nothing\n" +
			"is to be done, 1 when something is.",
		Example: "  ferry diff app.yaml lab",
		Args:    words(2, 2, "an application and a stack"),
		RunE: func(c *cobra.Command, args []string) error {
			return runChange(c.Context(), env, o, args[1], o.application(env, args[0]))
		},
	}
	o.addFlags(c)
	o.output = addOutput(c)
	return c
}

// application is the change to what the file, or whatever target means, says.
func (o *changeOptions) application(env *Env, target string) func(context.Context, api.Ferry) (api.Change, error) {
	return func(ctx context.Context, client api.Ferry) (api.Change, error) {
		source, err := o.source(ctx, env, client, target)
		return api.Change{Source: &source}, err
	}
}

func runChange(ctx context.Context, env *Env, o *changeOptions, ref string, what func(context.Context, api.Ferry) (api.Change, error)) error {
	client, err := env.Connect(ctx)
	if err != nil {
		return err
	}
	change, err := what(ctx, client)
	if err != nil {
		return err
	}
	if o.dry {
		d, err := client.Diff(ctx, ref, change)
		if err != nil {
			return err
		}
		return o.tell(env, d)
	}
	job, err := watcher{env, client, o.progress}.do(ctx, func(ctx context.Context) (ferry.Job, error) {
		return client.Apply(ctx, ref, change)
	})
	if err == nil {
		fmt.Fprintln(env.Out, job.Stack)
	}
	return err
}

// tell prints a difference. That of diff is an exit code too.
func (o *changeOptions) tell(env *Env, d api.Difference) error {
	if o.output != nil && o.output.value != show.Table {
		if err := show.Data(env.Out, o.output.value, d); err != nil {
			return err
		}
	} else if err := show.Difference(env.Out, d.Ops); err != nil {
		return err
	}
	if d.Same || o.output == nil {
		return nil
	}
	return exited(1)
}
