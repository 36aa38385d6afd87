// Command bench measures Ferry beside docker compose, beside the bare engine and
// against its own goals, all in one run and interleaved, and prints ratios. It is
// no test: on a machine with other work on it only the ratios mean anything.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// options of one run.
type options struct {
	run     string // names this run, in labels
	ferry   string // the binary
	socket  string // of the Docker engine
	cache   string // where docker compose is built
	work    string // where this run's Ferry lives; removed at the end
	only    []string
	rounds  int
	nodes   int
	stacks  int
	lull    time.Duration
	verbose bool
}

// experiments by name, in the order in which they run.
var experiments = []struct {
	name, what string
	run        func(context.Context, options) ([]row, error)
}{
	{"openmpi", "the application openmpi until mpirun answers: Ferry, docker compose, the floor", openmpi},
	{"hadoop", "hadoop:2 until a MapReduce job has finished: Ferry, docker compose twice, the floor", hadoop},
	{"hive", "the application hadoop, with Hive, until the first query is answered", hive},
	{"resume", "hadoop:2 stopped and started again until the same job has finished, beside its first start", resume},
	{"cassandra", "cassandra:3 until a row was written and read at QUORUM: Ferry, a lone node, docker compose, what ccm does, the floor", cassandra},
	{"titan", "the application cassandra until the first traversal is answered: Ferry, the floor", titan},
	{"nodes", "trivial nodes: the walker and the raw API", trivialNodes},
	{"ps", "ferry ps with a thousand stacks, on the engine in memory", manyStacks},
	{"idle", "the memory of a server after a start and a removal", idleServer},
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := bench(ctx, flags()); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(1) //nolint:gocritic // stop was called
	}
}

func flags() options {
	o := options{run: strconv.FormatInt(time.Now().UnixMilli(), 36)}
	only := ""
	flag.StringVar(&o.ferry, "ferry", "ferry", "the ferry `binary` to measure")
	flag.StringVar(&o.socket, "socket", "/var/run/docker.sock", "the engine's `socket`")
	flag.StringVar(&o.cache, "cache", cacheDir(), "`folder` in which docker compose is built, once")
	flag.StringVar(&only, "only", "", "comma-separated `experiments` to run: "+strings.Join(names(), ","))
	flag.IntVar(&o.rounds, "rounds", 5, "how often each contender runs")
	flag.IntVar(&o.nodes, "nodes", 50, "trivial nodes")
	flag.IntVar(&o.stacks, "stacks", 1000, "stacks of ten nodes for ferry ps")
	flag.DurationVar(&o.lull, "lull", 0, "`how long` to wait before each measurement for a second in which the machine is idle")
	flag.BoolVar(&o.verbose, "v", false, "tell every measurement")
	flag.Parse()
	if only != "" {
		o.only = strings.Split(only, ",")
	}
	return o
}

func names() (all []string) {
	for _, e := range experiments {
		all = append(all, e.name)
	}
	return all
}

func cacheDir() string {
	dir, err := os.UserCacheDir()
	if err != nil {
		dir = os.TempDir()
	}
	return filepath.Join(dir, "ferry-bench")
}

func bench(ctx context.Context, o options) error {
	var err error
	if o.work, err = os.MkdirTemp("", "ferry-bench-"); err != nil {
		return err
	}
	defer os.RemoveAll(o.work) //nolint:errcheck // what is left is a temporary folder
	if o.ferry, err = filepath.Abs(o.ferry); err != nil {
		return err
	}
	defer clearAway(ctx, o)
	var rows []row
	for _, e := range experiments {
		if len(o.only) > 0 && !slices.Contains(o.only, e.name) {
			continue
		}
		say("%s: %s", e.name, e.what)
		found, err := e.run(ctx, o)
		rows = append(rows, found...)
		if err != nil {
			printTable(os.Stdout, rows)
			return fmt.Errorf("%s: %w", e.name, err)
		}
	}
	printTable(os.Stdout, rows)
	return nil
}

func say(format string, args ...any) { fmt.Fprintf(os.Stderr, "bench: "+format+"\n", args...) }
