package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"context"

	"github.com/ferry-project/ferry"
)

// ledger notes where the time goes: the phases of Ferry's own events, and the
// processor time of containers and engine beside it.
type ledger struct {
	done  map[string]samples // per operation: when it was done, after the job's beginning
	took  map[string]samples
	path  []ferry.Step
	costs map[string][]cost
	order []string
}

// cost in processor time; everything else on the machine is counted, too.
type cost struct{ containers, engine time.Duration }

// charged wraps a contender so that what it costs is noted.
func (l *ledger) charged(name string, run func(context.Context) (time.Duration, error)) func(context.Context) (time.Duration, error) {
	return func(ctx context.Context) (time.Duration, error) {
		before := spent()
		took, err := run(ctx)
		after := spent()
		if l.costs == nil {
			l.costs = map[string][]cost{}
		}
		l.costs[name] = append(l.costs[name], cost{after.containers - before.containers, after.engine - before.engine})
		return took, err
	}
}

// spent is what all containers and the engine's processes have used so far.
func spent() (c cost) {
	for _, f := range []string{"/sys/fs/cgroup/cpuacct/docker/cpuacct.usage", "/sys/fs/cgroup/cpu,cpuacct/docker/cpuacct.usage"} {
		if text, err := os.ReadFile(f); err == nil {
			n, _ := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
			c.containers = time.Duration(n)
			break
		}
	}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, f := range stats {
		text, err := os.ReadFile(f)
		if err == nil {
			c.engine += engineTime(string(text))
		}
	}
	return c
}

// engineTime reads a line of /proc/PID/stat: the ticks, of a hundredth second, of
// an engine's process and of the children it has waited for.
func engineTime(stat string) time.Duration {
	open, end := strings.IndexByte(stat, '('), strings.LastIndexByte(stat, ')')
	if open < 0 || end < open {
		return 0
	}
	name := stat[open+1 : end]
	if name != "dockerd" && !strings.HasPrefix(name, "containerd") {
		return 0
	}
	fields := strings.Fields(stat[end+1:])
	var ticks int64
	for _, i := range []int{11, 12, 13, 14} {
		if i < len(fields) {
			n, _ := strconv.ParseInt(fields[i], 10, 64)
			ticks += n
		}
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// phases notes the events of one start.
func (l *ledger) phases(events []ferry.Event) {
	if l.done == nil {
		l.done, l.took = map[string]samples{}, map[string]samples{}
	}
	var begin time.Time
	for _, e := range events {
		switch e.Kind {
		case ferry.JobStarted:
			begin = e.Time
		case ferry.OpDone:
			if _, known := l.done[e.Op]; !known {
				l.order = append(l.order, e.Op)
			}
			l.done[e.Op] = append(l.done[e.Op], e.Time.Sub(begin))
			l.took[e.Op] = append(l.took[e.Op], e.Took)
		case ferry.JobEnded:
			l.path = e.Path
		}
	}
}

// print tells the phases in the order of their ends, and the costs.
func (l *ledger) print() {
	slices.SortFunc(l.order, func(a, b string) int { return int(l.done[a].median() - l.done[b].median()) })
	fmt.Println("Ferry's start, medians: when each operation was done, and how long it took")
	for _, op := range l.order {
		if !strings.HasPrefix(op, "ready ") {
			fmt.Printf("  %8s  %8s  %s\n", seconds(l.done[op].median()), seconds(l.took[op].median()), op)
		}
	}
	var steps []string
	for _, s := range l.path {
		steps = append(steps, fmt.Sprintf("%s %s", s.Op, seconds(s.Took)))
	}
	fmt.Printf("critical path of the last: %s\n", strings.Join(steps, " → "))
	for _, name := range []string{"Ferry", "compose", "floor"} {
		var containers, engine samples
		for _, c := range l.costs[name] {
			containers, engine = append(containers, c.containers), append(engine, c.engine)
		}
		fmt.Printf("processor time with the removal, %s: containers %s, engine %s\n", name, seconds(containers.median()), seconds(engine.median()))
	}
}
