package cli

import (
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/cli/archive"
)

// logFolder is where every image of Ferry keeps the logs of its services.
const logFolder = "/service/logs"

type logsOptions struct {
	follow bool
	tail   int
	since  string
	to     string
}

func newLogsCommand(env *Env) *cobra.Command {
	o := &logsOptions{}
	c := &cobra.Command{
		Use:   "logs STACK [NODE]",
		Short: "Show what the nodes of a stack have printed",
		Long: "Show the log of one node, or of all nodes with the node's name in front of each\n" +
			"line. --to copies the log files of the services instead, to\n" +
			"DIR/STACK/{storage,compute,connectors}/NODE, and prints that folder.",
		Example:           "  ferry logs lab namenode0 --tail 50\n  ferry logs -f lab\n  ferry logs lab --to ./logs",
		Args:              words(1, 2, "a stack"),
		ValidArgsFunction: completeNodes(env),
		RunE:              func(c *cobra.Command, args []string) error { return runLogs(c.Context(), env, o, args) },
	}
	o.addFlags(c)
	return c
}

func (o *logsOptions) addFlags(c *cobra.Command) {
	f := c.Flags()
	f.BoolVarP(&o.follow, "follow", "f", false, "go on until Ctrl-C")
	f.IntVarP(&o.tail, "tail", "n", 0, "only the last `lines` (0: all)")
	f.StringVar(&o.since, "since", "", "only what is newer: a `time` (2006-01-02T15:04:05Z) or an age (10m)")
	f.StringVar(&o.to, "to", "", "copy the services' log files into this `folder`")
	c.MarkFlagsMutuallyExclusive("to", "follow")
}

func runLogs(ctx context.Context, env *Env, o *logsOptions, args []string) error {
	r := api.LogsRequest{Follow: o.follow, Tail: o.tail}
	var err error
	if r.Since, err = sinceTime(o.since, env.Now()); err != nil {
		return err
	}
	if len(args) == 2 {
		r.Node = args[1]
	}
	client, err := env.Connect(ctx)
	if err != nil {
		return err
	}
	if o.to != "" {
		return copyLogs(ctx, env, client, args[0], r.Node, o.to)
	}
	return client.Logs(ctx, args[0], r, env.Out)
}

// sinceTime reads a time or an age; "" is no bound.
func sinceTime(s string, now time.Time) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	if d, err := time.ParseDuration(s); err == nil && d >= 0 {
		return now.Add(-d), nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02"} {
		if t, err := time.ParseInLocation(layout, s, now.Location()); err == nil {
			return t, nil
		}
	}
	return time.Time{}, ferry.Errorf(ferry.Invalid, "--since takes a time such as 2026-05-01T12:00:00Z or an age such as 10m, not %q", s)
}

// copyLogs copies the log folder of every node, or of the one named, and prints
// where they are.
func copyLogs(ctx context.Context, env *Env, client api.Ferry, ref, only, to string) error {
	d, err := client.Inspect(ctx, ref)
	if err != nil {
		return err
	}
	top := filepath.Join(env.path(to), d.ID)
	found := only == ""
	for _, s := range d.Services {
		for _, n := range s.Nodes {
			if only != "" && only != n.Name && only != s.Name {
				continue
			}
			found = true
			if err := copyNodeLogs(ctx, env, client, d.ID, n.Name, filepath.Join(top, classFolder(d, s), n.Name)); err != nil {
				return err
			}
		}
	}
	if !found {
		return ferry.Errorf(ferry.NotFound, "stack %s has no node %q", ref, only)
	}
	fmt.Fprintln(env.Out, top)
	return nil
}

// classFolder is the folder of a service's class; a layer's is that of what it
// lies on.
func classFolder(d api.Detail, s ferry.ServiceView) string {
	for s.Class == ferry.Layer {
		above := s
		for _, p := range d.Services {
			if p.ID == above.Parent {
				s = p
			}
		}
		if s.ID == above.ID {
			return string(ferry.Storage)
		}
	}
	if s.Class == ferry.Connector {
		return "connectors"
	}
	return string(s.Class)
}

// copyNodeLogs passes over a node without logs: a connector may have none.
func copyNodeLogs(ctx context.Context, env *Env, inside api.Inside, stack, node, folder string) error {
	r, err := inside.CopyFrom(ctx, stack, node, logFolder)
	if ferry.CodeOf(err) == ferry.NotFound {
		env.say("%s has no logs in %s", node, logFolder)
		return nil
	}
	if err != nil {
		return err
	}
	defer r.Close()
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return ferry.Errorf(ferry.Failed, "%w", err)
	}
	return receive(ctx, env, archive.Copy{Name: path.Base(logFolder), Folder: folder, As: "."}, r, node+":"+logFolder)
}
