package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/ferry-project/ferry"
)

// hello is the program every contender has to run in the end, compiled before:
// put on the shared volume by the client, run on four ranks.
type hello struct {
	binary  []byte
	command []string
}

const ranks = 4

var helloCommand = []string{"sh", "-c", "cat >/service/data/hello && chmod +x /service/data/hello && " +
	fmt.Sprintf("mpirun -np %d /service/data/hello", ranks)}

func (h hello) check(out string) error {
	if n := strings.Count(out, fmt.Sprintf(" of %d on openmpi", ranks)); n != ranks {
		return fmt.Errorf("%d of %d ranks said hello: %q", n, ranks, out)
	}
	return nil
}

// openmpi compares the ways to the first output of mpirun.
func openmpi(ctx context.Context, o options) ([]row, error) {
	f := newFerry(o)
	defer f.quit(context.WithoutCancel(ctx)) //nolint:errcheck // the work is done
	h, err := warmUp(ctx, f)
	if err != nil {
		return nil, fmt.Errorf("warm up: %w", err)
	}
	peer, err := newCompose(ctx, o, f, h)
	if err != nil {
		return nil, err
	}
	l, raw := newLedger(), newRawAPI(o.socket)
	all, err := interleave(ctx, o, []contender{
		{"ferry", mpiStart{f, h, raw, l}.run},
		{"compose", peer.charged(raw, l)},
		{"floor", floor{f, raw, h, l}.run},
		{"cold", mpiStart{f, h, raw, nil}.runCold},
	})
	if err != nil {
		return nil, err
	}
	l.print(os.Stdout)
	return []row{
		newRow("openmpi until mpirun answers; beside docker compose", 0.5, all["ferry"], all["compose"]),
		newRow("the same, no server running yet; beside docker compose", 0.5, all["cold"], all["compose"]),
		newRow("the same; beside the floor", 1.25, all["ferry"], all["floor"]),
		newRow("the same, no server running yet; beside the floor", 0, all["cold"], all["floor"]),
	}, nil
}

// warmUp builds the images and compiles hello. The first start also brings what
// everybody reads into the page cache.
func warmUp(ctx context.Context, f ferryCLI) (h hello, err error) {
	stack, _, err := f.start(ctx, "openmpi")
	defer func() {
		if gone := f.remove(ctx, stack); err == nil {
			err = gone
		}
	}()
	if err != nil {
		return h, err
	}
	h.command = helloCommand
	h.binary, _, err = f.do(ctx, nil, "exec", stack, "--", "sh", "-c", "mpicc /service/examples/hello.c -o /tmp/hello && cat /tmp/hello")
	return h, err
}

// mpiStart is Ferry's way.
type mpiStart struct {
	ferry  ferryCLI
	hello  hello
	raw    *rawAPI
	ledger *ledger // nil: nothing is noted
}

// runCold finds no server.
func (m mpiStart) runCold(ctx context.Context) (time.Duration, error) {
	if err := m.ferry.quit(ctx); err != nil {
		return 0, err
	}
	return m.run(ctx)
}

func (m mpiStart) run(ctx context.Context) (took time.Duration, err error) {
	before := m.spent(ctx)
	begin := time.Now()
	stack, events, err := m.ferry.start(ctx, "openmpi")
	var out []byte
	if err == nil {
		out, _, err = m.ferry.do(ctx, m.hello.binary, append([]string{"exec", stack, "--"}, m.hello.command...)...)
	}
	took = time.Since(begin)
	if err == nil {
		err = m.hello.check(string(out))
	}
	if m.ledger != nil {
		after := m.spent(ctx)
		m.ledger.phases(events)
		m.ledger.charge("ferry", cost{
			containers: m.raw.containersCost(ctx, ferry.LabelStack+"="+stack),
			engine:     after.engine - before.engine, own: after.own - before.own,
		})
	}
	if gone := m.ferry.remove(ctx, stack); err == nil {
		err = gone
	}
	return took, err
}

// spent counts the engine, and Ferry's commands and server.
func (m mpiStart) spent(ctx context.Context) cost {
	if m.ledger == nil {
		return cost{}
	}
	v, err := m.ferry.version(ctx)
	if err != nil {
		return cost{}
	}
	return cost{engine: engineCost(), own: m.ferry.meter.total() + serverCost(v.PID)}
}
