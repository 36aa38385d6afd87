package docker

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
	"golang.org/x/sync/errgroup"

	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/retry"
)

const (
	inspectors  = 4                     // inspects at once of a listing
	removalPoll = 50 * time.Millisecond // while somebody else removes a node
)

var errStillThere = errors.New("it is still being removed")

// CreateNode is one round trip, and one more for files, unless the name is taken.
func (e *Engine) CreateNode(ctx context.Context, s engine.Spec) error {
	opts, err := createOptions(s)
	if err != nil {
		return err
	}
	return e.call(ctx, "create node "+s.Name, func(ctx context.Context, cli *client.Client) error {
		kept, err := e.beneath(ctx, cli, s.Mounts)
		if err != nil {
			return err
		}
		opts.HostConfig.Mounts = append(opts.HostConfig.Mounts, kept...)
		r, err := cli.ContainerCreate(ctx, opts)
		for _, w := range r.Warnings {
			e.log.Debug("docker warns", "node", s.Name, "warning", w)
		}
		if nameTaken(err) {
			fresh, err := sameNode(ctx, cli, s, err)
			if !fresh || err != nil {
				return err
			}
		} else if err != nil {
			return err
		}
		return fill(ctx, cli, s)
	})
}

// nameTaken reports whether a node of that name is there. Podman says so in words only.
func nameTaken(err error) bool {
	return errdefs.IsConflict(err) || err != nil && strings.Contains(err.Error(), "that name is already in use")
}

// sameNode is the rule for a node that exists already; taken is what Docker said of it.
// It reports whether the node has never been started.
func sameNode(ctx context.Context, cli *client.Client, s engine.Spec, taken error) (fresh bool, err error) {
	old, err := cli.ContainerInspect(ctx, s.Name, client.ContainerInspectOptions{})
	if err != nil || strings.TrimPrefix(old.Container.Name, "/") != s.Name {
		return false, taken
	}
	n := view(old.Container)
	return n.State == engine.Created && n.Started.IsZero(), sameStack(n.Labels, s.Labels)
}

// fill puts a node's files in.
func fill(ctx context.Context, cli *client.Client, s engine.Spec) error {
	if len(s.Files) == 0 {
		return nil
	}
	_, err := cli.CopyToContainer(ctx, s.Name, client.CopyToContainerOptions{DestinationPath: "/", Content: bytes.NewReader(s.Files)})
	if err != nil {
		return fmt.Errorf("put its files in: %w", err)
	}
	return nil
}

// StartNode fails with ErrConflict when the address or a published port is taken.
func (e *Engine) StartNode(ctx context.Context, node string) error {
	return e.call(ctx, "start node "+node, func(ctx context.Context, cli *client.Client) error {
		_, err := cli.ContainerStart(ctx, node, client.ContainerStartOptions{})
		if err != nil && strings.Contains(err.Error(), "paused container") {
			_, err = cli.ContainerUnpause(ctx, node, client.ContainerUnpauseOptions{})
		}
		if errdefs.IsNotFound(err) && strings.Contains(err.Error(), "network ") {
			return startAnew(ctx, cli, node, err)
		}
		return err
	})
}

// startAnew connects a node to the network that has the name of its own, and starts it:
// a container knows its network by an id, which is gone with a network that was removed.
func startAnew(ctx context.Context, cli *client.Client, node string, why error) error {
	old, err := cli.ContainerInspect(ctx, node, client.ContainerInspectOptions{})
	if err != nil || old.Container.NetworkSettings == nil {
		return why
	}
	for name, end := range old.Container.NetworkSettings.Networks {
		if _, err := cli.NetworkInspect(ctx, name, client.NetworkInspectOptions{}); err != nil {
			return why
		}
		_, err := cli.NetworkDisconnect(ctx, name, client.NetworkDisconnectOptions{Container: node, Force: true})
		if err != nil {
			return fmt.Errorf("take it off the network that is gone: %w", err)
		}
		again := &network.EndpointSettings{IPAMConfig: end.IPAMConfig, Aliases: end.Aliases}
		_, err = cli.NetworkConnect(ctx, name, client.NetworkConnectOptions{Container: node, EndpointConfig: again})
		if err != nil {
			return fmt.Errorf("connect it to %s again: %w", name, err)
		}
	}
	_, err = cli.ContainerStart(ctx, node, client.ContainerStartOptions{})
	return err
}

// RemoveNode waits when the node is being removed already.
func (e *Engine) RemoveNode(ctx context.Context, node string) error {
	return e.within(ctx, workTime, "remove node "+node, func(ctx context.Context, cli *client.Client) error {
		_, err := cli.ContainerRemove(ctx, node, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
		if errdefs.IsConflict(err) && strings.Contains(err.Error(), "already in progress") {
			return awaitRemoval(ctx, cli, node)
		}
		return unlessGone(err)
	})
}

func awaitRemoval(ctx context.Context, cli *client.Client, node string) error {
	return retry.Every(removalPoll).Until(ctx, func() error {
		_, err := cli.ContainerInspect(ctx, node, client.ContainerInspectOptions{})
		if err != nil {
			return retry.Stop(unlessGone(err))
		}
		return errStillThere
	})
}

// ListNodes is one round trip and one more for each node found: Docker's
// listing knows neither exit codes nor limits.
func (e *Engine) ListNodes(ctx context.Context, labels map[string]string) (all []engine.Node, err error) {
	err = e.call(ctx, "list nodes", func(ctx context.Context, cli *client.Client) error {
		r, err := cli.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: bearing(labels)})
		if err != nil {
			return err
		}
		all, err = inspectAll(ctx, cli, r.Items)
		return err
	})
	return all, err
}

// NodeStates is one round trip.
func (e *Engine) NodeStates(ctx context.Context, labels map[string]string) (all map[string]engine.State, err error) {
	err = e.call(ctx, "list nodes", func(ctx context.Context, cli *client.Client) error {
		r, err := cli.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: bearing(labels)})
		all = make(map[string]engine.State, len(r.Items))
		for _, c := range r.Items {
			for _, name := range c.Names { // links would be further names, with a path
				all[strings.TrimPrefix(name, "/")] = state(c.State)
			}
		}
		return err
	})
	return all, err
}

func inspectAll(ctx context.Context, cli *client.Client, items []container.Summary) ([]engine.Node, error) {
	found := make([]*engine.Node, len(items))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(inspectors)
	for i, item := range items {
		g.Go(func() error {
			r, err := cli.ContainerInspect(ctx, item.ID, client.ContainerInspectOptions{})
			if err == nil {
				n := view(r.Container)
				found[i] = &n
			}
			if unlessGone(err) == nil { // removed meanwhile: it is not there
				return nil
			}
			return ofNode{strings.TrimPrefix(strings.Join(item.Names, ","), "/"), err}
		})
	}
	err := g.Wait()
	var all []engine.Node
	for _, n := range found {
		if n != nil {
			all = append(all, *n)
		}
	}
	return all, err
}

func view(c container.InspectResponse) engine.Node {
	n := engine.Node{Name: strings.TrimPrefix(c.Name, "/"), State: engine.Created, Address: address(c)}
	if c.Config != nil {
		n.Image, n.Labels = plainRef(c.Config.Image), c.Config.Labels
	}
	if c.HostConfig != nil {
		n.Memory = c.HostConfig.Memory
	}
	if c.State == nil {
		return n
	}
	n.ExitCode, n.State = c.State.ExitCode, state(c.State.Status)
	if t, err := time.Parse(time.RFC3339Nano, c.State.StartedAt); err == nil && t.Year() > 1 {
		n.Started = t
	}
	return n
}

func state(s container.ContainerState) engine.State {
	switch s {
	case container.StateCreated:
		return engine.Created
	case container.StateRunning, container.StateRestarting:
		return engine.Running
	case container.StatePaused:
		return engine.Paused
	}
	return engine.Exited // exited, dead, being removed
}

// address is the one the node has, or will have when it runs.
func address(c container.InspectResponse) string {
	if c.NetworkSettings == nil {
		return ""
	}
	for _, n := range c.NetworkSettings.Networks {
		if n != nil && n.IPAddress.IsValid() {
			return n.IPAddress.String()
		}
		if n != nil && n.IPAMConfig != nil && n.IPAMConfig.IPv4Address.IsValid() {
			return n.IPAMConfig.IPv4Address.String()
		}
	}
	return ""
}
