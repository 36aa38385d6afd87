package cli

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
)

// fixedNow is when all scripts play.
var fixedNow = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

// TestScripts runs every script of testdata/scripts against a scripted server.
// `ferry …` runs a command line in this process; `code N` checks its exit code.
// A file stdin is its input; TTY=1 makes its streams a terminal.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                filepath.Join("testdata", "scripts"),
		RequireUniqueNames: true,
		UpdateScripts:      os.Getenv("UPDATE") != "",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"ferry": scriptFerry,
			"code":  scriptCode,
		},
	})
}

func scriptFerry(ts *testscript.TestScript, neg bool, args []string) {
	code := runScripted(ts, args)
	ts.Setenv("CODE", strconv.Itoa(code))
	if neg == (code == 0) {
		ts.Fatalf("exit code %d", code)
	}
}

func scriptCode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: code N")
	}
	if got := ts.Getenv("CODE"); got != args[0] {
		ts.Fatalf("exit code %s, want %s", got, args[0])
	}
}

func runScripted(ts *testscript.TestScript, args []string) int {
	ctx, interrupt := context.WithCancel(context.Background())
	defer interrupt()
	leave := make(chan struct{})
	s := &scripted{
		dir: ts.MkAbs("."), interrupt: interrupt, cancelled: make(chan struct{}),
		leave: sync.OnceFunc(func() { close(leave) }),
	}
	env := scriptEnv(ts, s)
	env.Leave = leave
	return Main(ctx, env, args)
}

func scriptEnv(ts *testscript.TestScript, s *scripted) *Env {
	tty := ts.Getenv("TTY") != ""
	connect := func(context.Context) (api.Ferry, error) {
		if ts.Getenv("NOSERVER") != "" {
			return nil, ferry.Errorf(ferry.Unavailable, "no server answers").WithHint("ferry server")
		}
		return s.ferry(), nil
	}
	var in io.Reader = strings.NewReader("")
	if text, err := os.ReadFile(filepath.Join(s.dir, "stdin")); err == nil {
		in = strings.NewReader(string(text))
	}
	return &Env{
		In: in, Out: ts.Stdout(), Err: ts.Stderr(),
		Terminal: Terminal{
			In: tty, Out: tty, Err: tty,
			Size: func() (int, int) { return 80, 24 },
			Raw:  func() (func(), error) { return func() {}, nil },
		},
		UseContext: func(name string) { _ = s.call("context", name) },
		Connect:    connect, Find: connect,
		Serve: func(_ context.Context, o ServerOptions) error {
			return s.call("serve", o)
		},
		PlanText: func(p api.Proposal) string { return "plan of " + p.Application.Name + "\n" },
		Now:      func() time.Time { return fixedNow },
		Version:  "v1.2.3", NoColor: true, TermName: "xterm",
		Environ: os.Environ(), Dir: s.dir,
	}
}
