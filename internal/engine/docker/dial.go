package docker

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/moby/moby/client"

	"github.com/ferry-project/ferry/internal/engine"
)

// relayScript runs in the node with an address and a port as its arguments.
//
//go:embed relay.sh
var relayScript string

// directTime is how long a node's address may keep silent before the engine is
// taken for one whose nodes cannot be reached from here (rootless, a desktop's
// virtual machine).
const directTime = 3 * time.Second

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
		private, err := isPrivate(ctx, cli, r.Container)
		if err != nil {
			return err
		}
		at := net.JoinHostPort(address(r.Container), strconv.Itoa(port))
		conn, err = e.dial(ctx, node, at, private)
		return err
	})
	if err != nil {
		return nil, err
	}
	return conn, nil
}

// dial never tries the address of a private network: it leads nowhere from here, or
// to somebody else.
func (e *Engine) dial(ctx context.Context, node, at string, private bool) (net.Conn, error) {
	if e.local && !private && !e.indirect.Load() {
		d := net.Dialer{Timeout: directTime}
		conn, err := d.DialContext(ctx, "tcp", at)
		if err == nil {
			return conn, nil
		}
		if errors.Is(err, syscall.ECONNREFUSED) || ctx.Err() != nil {
			return nil, refused(err)
		}
		e.log.Info("the nodes' addresses cannot be reached; going through the nodes", "address", at, "error", err)
		e.indirect.Store(true)
	}
	return e.relay(ctx, node, at)
}

// refused keeps a node's closed port apart from a closed engine.
func refused(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return errors.New(strings.TrimPrefix(err.Error(), "dial "))
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
