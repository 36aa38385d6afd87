package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"time"

	"github.com/ferry-project/ferry"
)

// askAgain is how often the floor asks: dear enough to be soon, cheap enough not to
// be felt by those that are just starting.
const askAgain = 50 * time.Millisecond

// answer waits until a probe of a plan holds. Over the network it is asked from
// here; a command is asked in its node, again while it fails.
func (w work) answer(ctx context.Context, p ferry.Probe) func() error {
	n, _ := w.plan.Node(p.Node)
	address := net.JoinHostPort(n.Address, strconv.Itoa(p.Port))
	ask := func() error { return open(ctx, address) }
	switch p.Kind {
	case ferry.HTTPProbe:
		expect := regexp.MustCompile(p.Expect)
		ask = func() error { return get(ctx, "http://"+address+p.Path, expect) }
	case ferry.ExecProbe:
		ask = w.command(ctx, p.Node, p.User, p.Command)
	case ferry.CQLProbe:
		ask = w.native(ctx, p.Node, *p.CQL)
	case ferry.TCPProbe:
	}
	return func() error { return again(ctx, ask) }
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

func open(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp", address)
	if err == nil {
		err = c.Close()
	}
	return err
}

// get succeeds when the page is there and says what is expected.
func get(ctx context.Context, url string, expect *regexp.Regexp) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close() //nolint:errcheck // only read
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK || !expect.Match(body) {
		return fmt.Errorf("%s: %s: %.200s", url, resp.Status, body)
	}
	return nil
}
