package docker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/moby/moby/client"

	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/engine/endpoint"
)

// connection is the way to an engine. It is made when it is first used, and again after
// the engine was away.
type connection struct {
	at      endpoint.Endpoint
	opts    []client.Opt
	silence time.Duration // a test's, in place of answerTime and workTime

	mu  sync.Mutex
	cli *client.Client // nil until an engine has answered, and after it has gone
}

// How long an engine may keep silent.
const (
	answerTime = 2 * time.Minute  // on a busy machine a container's start takes half of one
	workTime   = 15 * time.Minute // to remove what may be large
)

// call is for what an engine does at once: one that does not is not waited for any longer.
func (c *connection) call(ctx context.Context, doing string, f func(context.Context, *client.Client) error) error {
	return c.within(ctx, answerTime, doing, f)
}

// within is a call of an engine that may keep silent for so long. Docker may answer all
// others and never one about a certain container, so the error says which.
func (c *connection) within(ctx context.Context, limit time.Duration, doing string, f func(context.Context, *client.Client) error) error {
	limit = cmp.Or(c.silence, limit)
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	var about ofNode
	err := c.stream(limited, doing, func(cli *client.Client) error {
		err := f(limited, cli)
		about, _ = errors.AsType[ofNode](err)
		return err
	})
	switch {
	case err == nil, limited.Err() == nil, ctx.Err() != nil:
		return err
	case about.node != "":
		doing += " (" + about.node + ")"
	}
	return fmt.Errorf("%w: Docker at %s has not answered within %s, asked to %s", engine.ErrUnavailable, c.at, limit, doing)
}

// ofNode is the error of a call about one of several nodes.
type ofNode struct {
	node string
	error
}

func (o ofNode) Unwrap() error { return o.error }

// stream runs f with a client that has agreed with the engine on a version, and
// puts its error into the engine contract's words: doing says what was done to what.
// It may take any time: what is streamed does not end by itself.
func (c *connection) stream(ctx context.Context, doing string, f func(*client.Client) error) error {
	cli, err := c.client(ctx)
	if err == nil {
		err = f(cli)
	}
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return fmt.Errorf("%s: %w", doing, ctx.Err())
	}
	err = c.explain(err)
	if errors.Is(err, engine.ErrUnavailable) {
		c.forget(cli)
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// client returns the connection, made and checked by one ping when there is none.
// A new client each time: the version agreed on may change while Docker is away.
func (c *connection) client(ctx context.Context) (*client.Client, error) {
	c.mu.Lock()
	cli := c.cli
	c.mu.Unlock()
	if cli != nil {
		return cli, nil
	}
	cli, err := client.New(c.opts...)
	if err != nil {
		return nil, err
	}
	if _, err := cli.Ping(ctx, client.PingOptions{NegotiateAPIVersion: true}); err != nil {
		_ = cli.Close()
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cli == nil {
		c.cli = cli
	}
	return c.cli, nil
}

func (c *connection) forget(cli *client.Client) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if cli != nil && c.cli == cli {
		c.cli = nil
		_ = cli.Close()
	}
}
