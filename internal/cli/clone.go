package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
)

type cloneOptions struct {
	name     string
	count    int
	copy     bool
	progress *shown
}

func newCloneCommand(env *Env) *cobra.Command {
	o := &cloneOptions{}
	c := &cobra.Command{
		Use:   "clone STACK|SNAPSHOT",
		Short: "Start stacks that begin with the data of another",
		Long: "Start a stack that begins with what another one holds now, or with a snapshot: its own\n" +
			"id, network and ports, the same data. Both go on by themselves and never see each\n" +
			"other. A stack is saved as a snapshot first, which stays. The ids of the new stacks\n" +
			"are all that is printed on stdout.",
		Example:           "  ferry clone lab\n  ferry clone before-upgrade --count 3 --name pupil",
		Args:              words(1, 1, "a stack or a snapshot"),
		ValidArgsFunction: completeStacks(env, 1),
		RunE:              func(c *cobra.Command, args []string) error { return runClone(c.Context(), env, o, args[0]) },
	}
	c.Flags().StringVar(&o.name, "name", "", "a `name` of your own; several get a number, too")
	c.Flags().IntVarP(&o.count, "count", "n", 1, "how many stacks")
	c.Flags().BoolVar(&o.copy, "copy", false, "copy the data, also where it could be shared until it is changed")
	o.progress = addProgress(c)
	return c
}

func runClone(ctx context.Context, env *Env, o *cloneOptions, ref string) error {
	if o.count < 1 || o.count > mostClones {
		return ferry.Errorf(ferry.Invalid, "--count is %d, but must be from 1 to %d", o.count, mostClones)
	}
	client, err := env.Connect(ctx)
	if err != nil {
		return err
	}
	snapshot, err := o.snapshot(ctx, env, client, ref)
	if err != nil {
		return err
	}
	var errs []error
	for n := range o.count {
		if ctx.Err() != nil {
			break
		}
		errs = append(errs, o.start(ctx, env, client, snapshot, n))
	}
	return errors.Join(errs...)
}

// mostClones is more than a class has pupils.
const mostClones = 100

// snapshot is the one that ref names, or a new one of the stack that it names.
func (o *cloneOptions) snapshot(ctx context.Context, env *Env, client api.Ferry, ref string) (string, error) {
	d, err := client.InspectSnapshot(ctx, ref)
	if err == nil {
		return d.ID, nil
	}
	if ferry.CodeOf(err) != ferry.NotFound || strings.HasPrefix(ref, "sn-") {
		return "", err
	}
	saving := snapshotOptions{SnapshotRequest: api.SnapshotRequest{Note: "for clones of " + ref}, progress: o.progress}
	return saving.save(ctx, env, client, ref)
}

func (o *cloneOptions) start(ctx context.Context, env *Env, client api.Ferry, snapshot string, n int) error {
	r := api.StartRequest{Source: api.Source{Target: snapshot}, Name: o.name, Copy: o.copy}
	if o.name != "" && o.count > 1 {
		r.Name = fmt.Sprintf("%s-%d", o.name, n+1)
	}
	job, err := watcher{env, client, o.progress}.do(ctx, func(ctx context.Context) (ferry.Job, error) { return client.Start(ctx, r) })
	if err == nil {
		fmt.Fprintln(env.Out, job.Stack)
	}
	return err
}
