package docker

import (
	"context"
	"errors"
	"math"
	"sync"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/retry"
)

const youth = 10 * time.Second // of a node whose init may not listen yet

var errStillUp = errors.New("it has not ended")

// StopNode counts grace in whole seconds, rounded up. A node that has just been started
// is asked more than once: the kernel drops what a PID 1 does not handle yet, and Docker
// asks once, so that such a node would be killed after the whole of its grace.
func (e *Engine) StopNode(ctx context.Context, node string, grace time.Duration) error {
	seconds := int(math.Ceil(max(grace, 0).Seconds()))
	return e.within(ctx, answerTime+grace, "stop node "+node, func(ctx context.Context, cli *client.Client) error {
		asking, enough := context.WithCancel(ctx)
		var reminder sync.WaitGroup
		reminder.Go(func() { remind(asking, cli, node) })
		_, err := cli.ContainerStop(ctx, node, client.ContainerStopOptions{Timeout: &seconds})
		enough()
		reminder.Wait()
		return err
	})
}

// remind sends a young node its stop signal again and again until ctx ends.
func remind(ctx context.Context, cli *client.Client, node string) {
	first := true
	_ = retry.Pauses{First: 250 * time.Millisecond, Longest: time.Second}.Until(ctx, func() error {
		if first {
			first = false
			return errStillUp
		}
		c, err := cli.ContainerInspect(ctx, node, client.ContainerInspectOptions{})
		if err != nil {
			return retry.Stop(err)
		}
		if n := view(c.Container); n.State != engine.Running || time.Since(n.Started) > youth {
			return nil
		}
		_, _ = cli.ContainerKill(ctx, node, client.ContainerKillOptions{Signal: stopSignal(c.Container)})
		return errStillUp
	})
}

// stopSignal is the signal that ends a node by its image's word.
func stopSignal(c container.InspectResponse) string {
	if c.Config == nil || c.Config.StopSignal == "" {
		return "SIGTERM"
	}
	return c.Config.StopSignal
}
