package main

import (
	"context"
	"fmt"
	"strings"
	"time"
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
	var l ledger
	all, err := interleave(ctx, o, []contender{
		{"ferry", l.charged("Ferry", func(ctx context.Context) (time.Duration, error) { return f.mpi(ctx, h, &l) })},
		{"compose", l.charged("compose", peer.run)},
		{"floor", l.charged("floor", floor{f, newRawAPI(o.socket), h}.run)},
		{"cold", func(ctx context.Context) (time.Duration, error) {
			if err := f.quit(ctx); err != nil {
				return 0, err
			}
			return f.mpi(ctx, h, nil)
		}},
	})
	if err != nil {
		return nil, err
	}
	l.print()
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

// mpi is Ferry's way.
func (f ferryCLI) mpi(ctx context.Context, h hello, l *ledger) (took time.Duration, err error) {
	begin := time.Now()
	stack, events, err := f.start(ctx, "openmpi")
	var out []byte
	if err == nil {
		out, _, err = f.do(ctx, h.binary, append([]string{"exec", stack, "--"}, h.command...)...)
	}
	took = time.Since(begin)
	if err == nil {
		err = h.check(string(out))
	}
	if l != nil {
		l.phases(events)
	}
	if gone := f.remove(ctx, stack); err == nil {
		err = gone
	}
	return took, err
}
