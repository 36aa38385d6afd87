package docker

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/engine/docker/direct"
)

// relayScript runs in the node with an address and a port as its arguments.
//
//go:embed relay.sh
var relayScript string

// Dial connects to the node's own address where that can be reached, and
// through a command in the node (bash) where not.
func (e *Engine) Dial(ctx context.Context, node string, port int) (net.Conn, error) {
	var conn net.Conn
	err := e.call(ctx, fmt.Sprintf("connect to %s port %d", node, port), func(ctx context.Context, cli *client.Client) error {
		r, err := cli.ContainerInspect(ctx, node, client.ContainerInspectOptions{})
		if err != nil {
			return err
		}
		if r.Container.State == nil || !r.Container.State.Running {
			return fmt.Errorf("%w: the node is not running", engine.ErrConflict)
		}
		there, err := near(ctx, cli, r.Container)
		if err != nil {
			return err
		}
		at := net.JoinHostPort(address(r.Container), strconv.Itoa(port))
		conn, err = e.dial(ctx, node, at, there && e.local)
		return err
	})
	if err != nil {
		return nil, err
	}
	return conn, nil
}

// dial tries the address only where the node's network is one of this machine.
func (e *Engine) dial(ctx context.Context, node, at string, near bool) (net.Conn, error) {
	if !near {
		return e.relay(ctx, node, at)
	}
	conn, err := e.ways.Dial(ctx, node, at)
	if conn != nil || err != nil {
		return conn, err
	}
	e.log.Info("the node's address cannot be reached; going through the engine", "node", node, "address", at)
	return e.relay(ctx, node, at)
}

// near reports whether the node's networks are networks of this machine. Where they are
// not, which holds for rootless engines and those in a virtual machine, an address of
// theirs leads nowhere from here, or to somebody else who has the same.
func near(ctx context.Context, cli *client.Client, c container.InspectResponse) (bool, error) {
	if c.NetworkSettings == nil || len(c.NetworkSettings.Networks) == 0 {
		return false, nil
	}
	for name := range c.NetworkSettings.Networks {
		r, err := cli.NetworkInspect(ctx, name, client.NetworkInspectOptions{})
		if err != nil {
			return false, err
		}
		if !direct.Leads(r.Network.Network) {
			return false, nil
		}
	}
	return true, nil
}

// relay returns one end of a pipe whose other end is a command in the node.
func (e *Engine) relay(ctx context.Context, node, at string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(at)
	if err != nil {
		return nil, err
	}
	near, far := net.Pipe()
	var said strings.Builder
	ended := make(chan error, 1)
	inner, cancel := context.WithCancel(context.WithoutCancel(ctx))
	go func() {
		defer cancel()
		_, err := e.Exec(inner, node, engine.Exec{
			Command: []string{"bash", "-c", relayScript, "ferry-relay", host, port}, Stdin: far, Stdout: far, Stderr: &said,
		})
		ended <- err
		_ = far.Close()
	}()
	defer context.AfterFunc(ctx, func() { cancel(); _ = near.Close() })()
	if _, err := near.Read(make([]byte, 1)); err == nil && ctx.Err() == nil {
		return near, nil
	}
	_ = near.Close()
	err = <-ended
	return nil, errors.Join(ctx.Err(), err, fmt.Errorf("no way to %s: %s", at, strings.TrimSpace(said.String())))
}
