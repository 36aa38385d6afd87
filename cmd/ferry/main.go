// Command ferry is the one binary: command line and server. It joins the process
// (streams, signals, environment, exit code) to internal/cli and does nothing else.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"golang.org/x/term"

	"github.com/ferry-project/ferry/internal/cli"
	"github.com/ferry-project/ferry/internal/cli/show"
	"github.com/ferry-project/ferry/internal/mirror"
)

func main() { os.Exit(run()) }

// The garbage collector's settings: a command is over before its heap is worth the
// time; a server has the usual one.
const (
	commandGC = 400
	serverGC  = 100
)

func run() int {
	if len(os.Args) > 1 && os.Args[1] == mirrorWord {
		return mirror.Main(os.Args[2:], os.Stdin, os.Stdout, os.Stderr)
	}
	debug.SetGCPercent(commandGC)
	ctx, leave := interrupts()
	s, err := readSettings(os.Getenv, os.Getuid())
	if err != nil {
		show.Error(os.Stderr, err)
		return 2
	}
	b := &backend{settings: s, version: version(), talk: os.Stderr}
	dir, err := os.Getwd()
	if err != nil {
		dir = "." // a folder that was removed: relative paths fail when they are used
	}
	return cli.Main(ctx, &cli.Env{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Terminal: terminal(),
		UseContext: b.useContext, Connect: b.connect, Find: b.find, Serve: b.serve, PlanText: b.planText,
		Now: time.Now, Leave: leave,
		Version: b.version, NoColor: s.noColor, TermName: s.term,
		Environ: os.Environ(), Dir: dir,
	}, os.Args[1:])
}

// mirrorWord makes this the program that copies volumes, in a container that holds
// nothing else: see docker.Options.Program.
const mirrorWord = "mirror"

// interrupts returns a context that the first signal ends and a channel that the
// second one closes. The third ends the process as if nobody had listened.
func interrupts() (context.Context, <-chan struct{}) {
	ctx, cancel := context.WithCancel(context.Background())
	leave := make(chan struct{})
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		cancel()
		<-signals
		close(leave)
		signal.Stop(signals)
	}()
	return ctx, leave
}

func terminal() cli.Terminal {
	resized := make(chan os.Signal, 1)
	signal.Notify(resized, syscall.SIGWINCH)
	return cli.Terminal{
		In:      term.IsTerminal(int(os.Stdin.Fd())),
		Out:     term.IsTerminal(int(os.Stdout.Fd())),
		Err:     term.IsTerminal(int(os.Stderr.Fd())),
		Size:    size,
		Raw:     raw,
		Resized: resized,
	}
}

// size asks whichever stream is the terminal.
func size() (width, height int) {
	for _, f := range []*os.File{os.Stderr, os.Stdout, os.Stdin} {
		if w, h, err := term.GetSize(int(f.Fd())); err == nil {
			return w, h
		}
	}
	return 0, 0
}

func raw() (restore func(), err error) {
	fd := int(os.Stdin.Fd())
	old, err := term.MakeRaw(fd)
	if err != nil {
		return nil, err
	}
	return func() { _ = term.Restore(fd, old) }, nil
}

// version is what the Go tool stamped into the binary: the tag, or the commit.
// release is set by the scripts that build Ferry, from the repository's tag.
var release string

func version() string {
	if release != "" {
		return release
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "unknown"
}
