// Command tool is all that the suite's image holds: a static program that is
// the node's init, its shell (for the two scripts of package docker) and every
// command the suite runs.
package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/ferry-project/ferry/internal/mirror"
)

const (
	echoPort    = "7000" // of init: sends back what it receives
	controlPort = "127.0.0.1:7001"
)

func main() { os.Exit(run(filepath.Base(os.Args[0]), os.Args[1:])) }

func run(name string, args []string) int {
	switch {
	case name == "sh" && len(args) == 4: // -c script ferry-kill MARK
		return endMarked(args[3])
	case name == "bash" && len(args) == 5: // -c script ferry-relay HOST PORT
		return relay(net.JoinHostPort(args[3], args[4]))
	case len(args) == 0:
		return fail("no command")
	}
	if f, ok := commands()[args[0]]; ok {
		return f(append(args[1:], "", ""))
	}
	return fail("no command " + args[0])
}

// commands take their arguments, followed by empty ones.
func commands() map[string]func(args []string) int {
	return map[string]func([]string) int{
		"init": func([]string) int { return initialize() },
		// It is the program that copies volumes, too.
		"mirror": func(a []string) int { return mirror.Main(a[:len(a)-2], os.Stdin, os.Stdout, os.Stderr) },
		"echo":   func(a []string) int { return say(strings.TrimRight(strings.Join(a, " "), " ")) },
		"err":    func(a []string) int { return fail(a[0]) },
		"exit":   func(a []string) int { return number(a[0]) },
		"cat": func([]string) int {
			_, err := io.Copy(os.Stdout, os.Stdin)
			return done(err)
		},
		"env":      func(a []string) int { return say(os.Getenv(a[0])) },
		"pwd":      func([]string) int { return text(os.Getwd()) },
		"hostname": func([]string) int { return text(os.Hostname()) },
		"uid":      func([]string) int { return say(strconv.Itoa(os.Getuid())) },
		"say":      func(a []string) int { return done(os.WriteFile("/proc/1/fd/1", []byte(a[0]+"\n"), 0)) },
		"mount":    func(a []string) int { return done(syscall.Mount("none", a[0], "tmpfs", 0, "")) },
		"write":    func(a []string) int { return done(os.WriteFile(a[0], []byte(a[1]), 0o600)) },
		"read": func(a []string) int {
			b, err := os.ReadFile(a[0])
			return text(string(b), err)
		},
		"flood":    flood,
		"hold":     hold,
		"holdhard": hold,
		"count":    func(a []string) int { return say(strconv.Itoa(len(running(a[0])))) },
		"terminal": terminal,
		"quit":     quit,
	}
}

func flood([]string) int {
	for {
		if _, err := os.Stdout.Write(bytes.Repeat([]byte("x"), 4096)); err != nil {
			return done(err)
		}
	}
}

// quit makes the node's init end with a code.
func quit(a []string) int {
	c, err := net.Dial("tcp", controlPort)
	if err != nil {
		return done(err)
	}
	_, _ = fmt.Fprintln(c, a[0])
	_, err = io.Copy(io.Discard, c)
	return done(err)
}

func relay(to string) int {
	c, err := net.Dial("tcp", to)
	if err != nil {
		return fail(err.Error())
	}
	fmt.Print("+")
	go func() { _, _ = io.Copy(c, os.Stdin); _ = c.Close() }()
	_, _ = io.Copy(os.Stdout, c)
	return 0
}

func say(s string) int { fmt.Println(s); return 0 }

func fail(s string) int { fmt.Fprintln(os.Stderr, s); return 1 }

func text(s string, err error) int {
	if err != nil {
		return fail(err.Error())
	}
	return say(s)
}

func done(err error) int {
	if err != nil {
		return fail(err.Error())
	}
	return 0
}

func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return fail(err.Error())
	}
	return n
}
