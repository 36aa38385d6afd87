// Package supervise turns the processes of a node into the service directories
// of its init, s6. It is pure: the files go into the node before it starts, and
// the init of Ferry's base image (/usr/lib/ferry/init) runs what it finds.
//
// A process is started when what it awaits accepts connections, as its user, in
// its directory, with its environment. Its output is printed by the node with
// "NAME: " before every line and kept in /service/logs/NAME. One that ends is
// started again, within limits; what happens is logged in lines that begin with
// "ferry: ". Nothing a user wrote is ever read by a shell: run files are
// execline, where a quoted string is exactly one argument.
package supervise

import (
	"fmt"
	"path"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/ferry-project/ferry"
)

// Root is where the init looks for services, Logs where their output is kept.
const (
	Root = "/etc/ferry/services"
	Logs = "/service/logs"
)

const (
	shebang  = "#!/usr/lib/execline/bin/execlineb -P\n"
	execline = "/usr/lib/execline/bin/"

	defaultRestarts = 5
	defaultGrace    = 10 * time.Second

	logFiles = 5
	logBytes = 1_000_000
)

// Files returns the service directories of node's processes, in their order. The
// names of processes are those of files: letters, digits, "-", "_" and ".".
func Files(node ferry.Node) []ferry.File {
	var files []ferry.File
	for _, p := range node.Processes {
		files = append(files, service(p)...)
	}
	return files
}

func service(p ferry.Process) []ferry.File {
	dir := path.Join(Root, p.Name)
	files := []ferry.File{
		{Path: dir + "/run", Content: run(p), Mode: 0o755},
		{Path: dir + "/finish", Content: finish(p), Mode: 0o755},
		{Path: dir + "/timeout-kill", Content: milliseconds(p.Grace)},
		{Path: dir + "/log/run", Content: logger(p.Name), Mode: 0o755},
	}
	if p.StopSignal != "" {
		signal := "SIG" + strings.TrimPrefix(p.StopSignal, "SIG") + "\n"
		files = append(files, ferry.File{Path: dir + "/down-signal", Content: signal})
	}
	return files
}

// run is the chain of programs that ends in the process itself: each does one
// thing and then becomes the next.
func run(p ferry.Process) string {
	var s script
	s.line(execline+"fdmove", "-c", "2", "1")
	s.line("/usr/lib/ferry/begin", p.Name)
	if len(p.Await) > 0 {
		s.line(append(append([]string{"/usr/lib/ferry/await"}, p.Await...), "--")...)
	}
	if p.User != "" {
		s.line("s6-setuidgid", p.User)
		s.text(fmt.Sprintf("%sbacktick -n HOME { %shomeof %s }", execline, execline, quote(p.User)))
		s.line(execline+"export", "USER", p.User)
	}
	for _, name := range sorted(p.Env) {
		s.line(execline+"export", name, p.Env[name])
	}
	if p.Dir != "" {
		s.line(execline+"cd", p.Dir)
	}
	s.line(p.Command...)
	return s.String()
}

// finish counts the ends of the process; $1 and $2 are its exit code and its
// signal.
func finish(p ferry.Process) string {
	vital := "-"
	if p.Vital {
		vital = "vital"
	}
	head := strings.TrimSuffix(shebang, "P\n") + "S2\n"
	return head + "/usr/lib/ferry/finish " + quote(p.Name) + " " + limit(p.Restarts) + " " + vital + " $1 $2\n"
}

func limit(restarts int) string {
	switch {
	case restarts == 0:
		restarts = defaultRestarts
	case restarts < 0:
		restarts = 0
	}
	return strconv.Itoa(restarts)
}

// logger prints every line with the process's name before it, and keeps it with
// the time.
func logger(name string) string {
	var s script
	s.line("s6-log", "-bp", "T", "n"+strconv.Itoa(logFiles), "s"+strconv.Itoa(logBytes), path.Join(Logs, name),
		"p"+name+":", "1")
	return s.String()
}

func milliseconds(grace time.Duration) string {
	if grace <= 0 {
		grace = defaultGrace
	}
	return strconv.FormatInt(grace.Milliseconds(), 10) + "\n"
}

func sorted(env map[string]string) []string {
	names := make([]string, 0, len(env))
	for name := range env {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}
