package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/cli/show"
)

type snapshotOptions struct {
	api.SnapshotRequest
	stop     bool
	progress *shown
}

func newSnapshotCommand(env *Env) *cobra.Command {
	o := &snapshotOptions{}
	c := &cobra.Command{
		Use:   "snapshot STACK",
		Short: "Save a stack with its data",
		Long: "Save what a stack is now: the data of all its nodes, its plan, its secrets and the\n" +
			"file systems of its connectors. A running stack is copied while it works, and stands\n" +
			"still only for what has changed meanwhile; every write that was acknowledged before\n" +
			"is in the snapshot. The id of the snapshot is all that is printed on stdout.",
		Example:           "  ferry snapshot lab --name before-upgrade\n  ferry start before-upgrade\n  ferry revert lab before-upgrade",
		Args:              words(1, 1, "a stack"),
		ValidArgsFunction: completeStacks(env, 1),
		RunE:              func(c *cobra.Command, args []string) error { return runSnapshot(c.Context(), env, o, args[0]) },
	}
	c.Flags().StringVar(&o.Name, "name", "", "a `name` of your own for the snapshot")
	c.Flags().StringVar(&o.Note, "note", "", "a `text` that the list of snapshots shows")
	c.Flags().BoolVar(&o.stop, "stop", false, "stop the stack first, and start it again afterwards")
	o.progress = addProgress(c)
	return c
}

func runSnapshot(ctx context.Context, env *Env, o *snapshotOptions, ref string) error {
	client, err := env.Connect(ctx)
	if err != nil {
		return err
	}
	if o.stop {
		return o.stopped(ctx, env, client, ref)
	}
	id, err := o.save(ctx, env, client, ref)
	if err == nil {
		fmt.Fprintln(env.Out, id)
	}
	return err
}

func (o *snapshotOptions) save(ctx context.Context, env *Env, client api.Ferry, ref string) (string, error) {
	job, err := watcher{env, client, o.progress}.do(ctx, func(ctx context.Context) (ferry.Job, error) {
		return client.Snapshot(ctx, ref, o.SnapshotRequest)
	})
	return job.Snapshot, err
}

// stopped saves a stack that is stopped for it, and starts it again whatever came of that.
func (o *snapshotOptions) stopped(ctx context.Context, env *Env, client api.Ferry, ref string) error {
	d, err := client.Inspect(ctx, ref)
	if err != nil {
		return err
	}
	w := watcher{env, client, o.progress}
	if d.Status == ferry.Running {
		if _, err := w.do(ctx, func(ctx context.Context) (ferry.Job, error) { return client.Stop(ctx, d.ID) }); err != nil {
			return err
		}
	}
	id, err := o.save(ctx, env, client, d.ID)
	if err == nil {
		fmt.Fprintln(env.Out, id)
	}
	if d.Status != ferry.Running {
		return err
	}
	_, again := w.do(context.WithoutCancel(ctx), func(ctx context.Context) (ferry.Job, error) {
		return client.Start(ctx, api.StartRequest{Source: api.Source{Target: d.ID}})
	})
	if err == nil {
		return again
	}
	return err
}

func newSnapshotsCommand(env *Env) *cobra.Command {
	var output *choice
	var quiet bool
	c := &cobra.Command{
		Use:     "snapshots",
		Short:   "List snapshots",
		Long:    "List the snapshots, the oldest first.",
		Example: "  ferry snapshots\n  ferry rm $(ferry snapshots -q)",
		Args:    words(0, 0, ""),
		RunE:    func(c *cobra.Command, _ []string) error { return runSnapshots(c.Context(), env, output.value, quiet) },
	}
	c.Flags().BoolVarP(&quiet, "quiet", "q", false, "ids only")
	output = addOutput(c)
	return c
}

func runSnapshots(ctx context.Context, env *Env, format string, quiet bool) error {
	client, err := env.Connect(ctx)
	if err != nil {
		return err
	}
	all, err := client.Snapshots(ctx)
	if err != nil {
		return err
	}
	switch {
	case quiet:
		for _, n := range all {
			fmt.Fprintln(env.Out, n.ID)
		}
		return nil
	case format != show.Table:
		return show.Data(env.Out, format, notNil(all))
	}
	return show.Snapshots(env.Out, all, env.Now())
}
