package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// usage is processor time by who used it: the main class of a JVM, or the name of
// another process.
type usage map[string]time.Duration

// What ended before it was looked at is known only by the container it ran in.
const (
	inJobs     = "containers of jobs"
	inClient   = "commands in the client"
	inOthers   = "all other (init, probes, short commands)"
	worthALine = 50 * time.Millisecond
)

// process is one that lives in a container.
type process struct {
	name  string
	spent time.Duration
}

// usage looks at all containers that bear a label, as the host sees them.
func (a *rawAPI) usage(ctx context.Context, label string) usage {
	var containers []struct{ ID string }
	path := "/containers/json?filters=" + url.QueryEscape(`{"label":["`+label+`"]}`)
	if a.call(ctx, http.MethodGet, path, "", nil, &containers) != nil {
		return nil
	}
	inside := processesByContainer()
	all := usage{}
	for _, c := range containers {
		for name, spent := range attribute(a.containerCost(ctx, c.ID), inside[c.ID]) {
			all[name] += spent
		}
	}
	return all
}

// processesByContainer reads the host's /proc: every process says there in which
// group, and so in which container, it is.
func processesByContainer() map[string][]process {
	all := map[string][]process{}
	groups, _ := filepath.Glob("/proc/[0-9]*/cgroup")
	for _, f := range groups {
		group, err := os.ReadFile(f)
		id := containerOf(string(group))
		if err != nil || id == "" {
			continue
		}
		dir := filepath.Dir(f)
		stat, _ := os.ReadFile(filepath.Join(dir, "stat"))
		words, _ := os.ReadFile(filepath.Join(dir, "cmdline"))
		name, spent := ownCost(string(stat))
		all[id] = append(all[id], process{processName(name, string(words)), spent})
	}
	return all
}

// containerOf finds the id of a container, 64 hexadecimal digits, in /proc/PID/cgroup.
func containerOf(groups string) string {
	for line := range strings.Lines(groups) {
		for part := range strings.FieldsFuncSeq(line, func(r rune) bool { return r == '/' || r == '-' || r == '.' || r == '\n' }) {
			if len(part) == 64 && strings.Trim(part, "0123456789abcdef") == "" {
				return part
			}
		}
	}
	return ""
}

// processName is the main class of a JVM without its package; the name of another
// process that is a server; and else nothing. What YARN starts is its jobs'.
func processName(name, cmdline string) string {
	switch name {
	case "java":
		class := mainClass(strings.Split(strings.TrimRight(cmdline, "\x00"), "\x00"))
		if slices.Contains([]string{"MRAppMaster", "YarnChild", "DAGAppMaster", "TezChild"}, class) {
			return inJobs
		}
		return class
	case "postgres", "glusterd", "glusterfsd", "glusterfs":
		return name
	}
	return ""
}

// mainClass reads a JVM's command line: the first word that is neither an option
// nor the value of one.
func mainClass(words []string) string {
	for i := 1; i < len(words); i++ {
		switch w := words[i]; {
		case slices.Contains([]string{"-cp", "-classpath", "--class-path", "-p", "--module-path", "--add-modules", "--add-opens", "--add-exports"}, w):
			i++
		case w == "-jar" && i+1 < len(words):
			return filepath.Base(words[i+1])
		case w != "" && !strings.HasPrefix(w, "-") && !strings.HasPrefix(w, "@"): // @: a file of options
			return w[strings.LastIndexByte(w, '.')+1:]
		}
	}
	return "java"
}

// attribute shares a container's time out among its processes. What none of them
// has used was that of processes that are gone: of jobs beside a NodeManager, of a
// user's commands where no server is.
func attribute(total time.Duration, inside []process) usage {
	all, rest, others := usage{}, total, inClient
	for _, p := range inside {
		if p.name == "" {
			continue
		}
		all[p.name] += p.spent
		rest -= p.spent
		switch {
		case p.name == "NodeManager":
			others = inJobs
		case others != inJobs && p.name != inJobs && p.name != "RunJar" && p.name != "BeeLine":
			others = inOthers
		}
	}
	all[others] += max(rest, 0)
	return all
}

// medians are those of every name in any of the rounds; who is not in a round has
// used nothing there.
func (u usages) medians() usage {
	names, all := usage{}, usage{}
	for _, one := range u {
		maps.Copy(names, one)
	}
	for name := range names {
		var s samples
		for _, one := range u {
			s = append(s, one[name])
		}
		all[name] = s.median()
	}
	return all
}

// usages are those of one contender, one a round.
type usages []usage

// printDaemons prints a Markdown table of seconds, the dearest first.
func printDaemons(w io.Writer, by map[string]usage) {
	who := slices.Sorted(maps.Keys(by))
	most := usage{}
	for _, u := range by {
		for name, spent := range u {
			most[name] = max(most[name], spent)
		}
	}
	maps.DeleteFunc(most, func(_ string, spent time.Duration) bool { return spent < worthALine })
	if len(most) == 0 {
		return
	}
	names := slices.SortedFunc(maps.Keys(most), func(a, b string) int { return int(most[b] - most[a]) })
	t := tabwriter.NewWriter(w, 0, 0, 1, ' ', 0)
	fmt.Fprintf(t, "| processor time, s\t| %s\t|\n| ---\t%s|\n", strings.Join(who, "\t| "), strings.Repeat("| ---:\t", len(who)))
	for _, name := range names {
		fmt.Fprintf(t, "| %s\t", name)
		for _, c := range who {
			fmt.Fprintf(t, "| %.1f\t", by[c][name].Seconds())
		}
		fmt.Fprintln(t, "|")
	}
	_ = t.Flush()
}
