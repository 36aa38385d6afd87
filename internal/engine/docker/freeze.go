package docker

import (
	"context"
	"errors"
	"strings"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/client"
	"golang.org/x/sync/errgroup"
)

// Freeze asks for all nodes at once: a cut through a stack is the better the closer
// together its nodes stand still.
func (e *Engine) Freeze(ctx context.Context, nodes []string) error {
	err := e.each(ctx, "freeze node ", nodes, func(ctx context.Context, cli *client.Client, node string) error {
		_, err := cli.ContainerPause(ctx, node, client.ContainerPauseOptions{})
		return unless(err, "already paused")
	})
	if err != nil {
		return errors.Join(err, e.Thaw(context.WithoutCancel(ctx), nodes))
	}
	return nil
}

// Thaw tries every node, whatever becomes of another.
func (e *Engine) Thaw(ctx context.Context, nodes []string) error {
	return e.each(ctx, "thaw node ", nodes, func(ctx context.Context, cli *client.Client, node string) error {
		_, err := cli.ContainerUnpause(ctx, node, client.ContainerUnpauseOptions{})
		return unless(err, "not paused", "not running")
	})
}

// each does the same to all nodes at once.
func (e *Engine) each(ctx context.Context, doing string, nodes []string, f func(context.Context, *client.Client, string) error) error {
	var g errgroup.Group
	for _, n := range nodes {
		g.Go(func() error {
			return e.call(ctx, doing+n, func(ctx context.Context, cli *client.Client) error { return f(ctx, cli, n) })
		})
	}
	return g.Wait()
}

// unless makes nothing of a conflict in one of those words: what is asked for is so.
func unless(err error, words ...string) error {
	if errdefs.IsConflict(err) || errdefs.IsInternal(err) {
		for _, w := range words {
			if strings.Contains(err.Error(), w) {
				return nil
			}
		}
	}
	return err
}
