package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
)

const idleGoal = 50 << 20

// idleServer weighs a server of its own that has started and removed a stack.
func idleServer(ctx context.Context, o options) ([]row, error) {
	f := newFerry(o)
	if err := f.quit(ctx); err != nil {
		return nil, err
	}
	defer f.quit(context.WithoutCancel(ctx)) //nolint:errcheck // the work is done
	fresh, err := f.version(ctx)
	if err != nil {
		return nil, err
	}
	stack, _, err := f.start(ctx, "openmpi")
	if gone := f.remove(ctx, stack); err == nil {
		err = gone
	}
	if err != nil {
		return nil, err
	}
	used, err := f.version(ctx)
	if err != nil {
		return nil, err
	}
	return []row{
		weight("server's memory (RSS) after a start and a removal", used.MemoryRSS, 1),
		weight("the same, before anything was asked of it", fresh.MemoryRSS, 0),
	}, nil
}

func weight(what string, bytes int64, goal float64) row {
	r := float64(bytes) / idleGoal
	return row{
		what: what, ours: fmt.Sprintf("%.1f MiB", float64(bytes)/(1<<20)), theirs: "goal 50 MiB",
		ratio: ratio{r, r, r}, best: r, goal: goal,
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func lines(text []byte) int { return bytes.Count(text, []byte("\n")) }
