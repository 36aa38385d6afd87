package main

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/server"
	"github.com/ferry-project/ferry/internal/speak"
)

// askAgain is how often the floor asks: dear enough to be soon, cheap enough not to
// be felt by those that are just starting.
const askAgain = 50 * time.Millisecond

// answer waits until a probe of a plan holds. Over the network it is asked from
// here; a command is asked in its node, again while it fails.
func (w work) answer(ctx context.Context, p ferry.Probe) func() error {
	ask := w.command(ctx, p.Node, p.User, p.Command)
	if p.Ask != nil {
		ask = w.conversation(ctx, p.Node, *p.Ask)
	}
	return func() error { return again(ctx, ask) }
}

// conversation is one with a node's port, as Ferry has it, but from here.
func (w work) conversation(ctx context.Context, node string, a ferry.Ask) func() error {
	dial := func(ctx context.Context, name string) (net.Conn, error) {
		n, _ := w.plan.Node(name)
		d := net.Dialer{Timeout: time.Second} // a way that is just being made may swallow the first packet
		return d.DialContext(ctx, "tcp", net.JoinHostPort(n.Address, strconv.Itoa(a.Port)))
	}
	return func() error {
		s, err := server.Speakers().Of(a.Protocol)
		if err != nil {
			return err
		}
		script, err := w.values.FillJSON(a.Script)
		if err != nil {
			return err
		}
		return s.Do(ctx, speak.Peer{Node: node, Port: a.Port, Dial: dial}, script, func(string) {})
	}
}

// again asks until it is answered, or for two minutes.
func again(ctx context.Context, ask func() error) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	tick := time.NewTicker(askAgain)
	defer tick.Stop()
	for {
		err := ask()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w, the last answer: %w", ctx.Err(), err)
		case <-tick.C:
		}
	}
}
