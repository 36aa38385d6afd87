package fake_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/engine/enginetest"
	"github.com/ferry-project/ferry/internal/engine/fake"
)

// TestContract runs the suite of all engines; the fake plays the part of the
// program that runs in real nodes.
func TestContract(t *testing.T) {
	enginetest.Run(t, func(*testing.T) enginetest.Engine { return withTool() }, enginetest.Options{Has: fake.New().Facts.Features})
}

// An engine that can do nothing that others cannot, and assigns addresses, keeps the
// same promises.
func TestContractWithoutFeatures(t *testing.T) {
	enginetest.Run(t, func(*testing.T) enginetest.Engine {
		x := withTool()
		x.Facts.Features = engine.Features{}
		return x
	}, enginetest.Options{})
}

// tool is the suite's program in Go: see enginetest/tool.
type tool struct {
	*fake.Engine
	mu    sync.Mutex
	holds map[string]int // by the command's word
}

func withTool() *tool {
	x := &tool{Engine: fake.New(), holds: map[string]int{}}
	x.OnRun = x.run
	x.OnStart = func(node string) {
		x.Print(node, "up")
		x.Listen(node, enginetest.EchoPort, func(c net.Conn) { _, _ = io.Copy(c, c) })
		x.Listen(node, 9, nil)
	}
	x.Stubborn = func(node string) bool {
		spec, _ := x.Spec(node)
		return spec.Env["STUBBORN"] != ""
	}
	x.Fail = func(call, step string) error {
		if call == "build-step" && strings.Contains(step, "it went wrong") {
			return fmt.Errorf("step failed: %s", step)
		}
		return nil
	}
	return x
}

func (x *tool) run(ctx context.Context, node string, e engine.Exec) (int, error) {
	if e.Command[0] != "/tool" {
		return 127, fmt.Errorf("%q: %w", e.Command[0], exec.ErrNotFound)
	}
	word, args := e.Command[1], append(e.Command[2:], "", "")
	stdout, stderr := orDiscard(e.Stdout), orDiscard(e.Stderr)
	say := func(text string) (int, error) {
		_, err := fmt.Fprintln(stdout, text)
		return 0, err
	}
	spec, _ := x.Spec(node)
	switch word {
	case "echo":
		return say(strings.TrimRight(strings.Join(args, " "), " "))
	case "err":
		_, err := fmt.Fprintln(stderr, args[0])
		return 1, err
	case "exit":
		return strconv.Atoi(args[0])
	case "cat":
		_, err := io.Copy(stdout, e.Stdin)
		return 0, err
	case "env":
		return say(spec.Env[args[0]] + e.Env[args[0]])
	case "pwd":
		return say(e.Dir)
	case "hostname":
		return say(spec.Hostname)
	case "uid":
		return say(e.User + strings.Repeat("0", max(0, 1-len(e.User))))
	case "say":
		x.Print(node, args[0])
		return 0, nil
	case "mount":
		if spec.Sealed && slices.Contains(spec.Capabilities, "SYS_ADMIN") {
			return 0, nil
		}
		return 1, nil
	case "write":
		if !x.PutFile(node, args[0], args[1]) {
			return 1, nil
		}
		return 0, nil
	case "read":
		if text, ok := x.File(node, args[0]); ok {
			return say(text)
		}
		return 1, nil
	case "hold", "holdhard", "flood":
		return x.hold(ctx, word, stdout)
	case "count":
		x.mu.Lock()
		defer x.mu.Unlock()
		return say(strconv.Itoa(x.holds[args[0]]))
	case "terminal":
		return x.terminal(ctx, e, args[0]+"x"+args[1], say)
	case "quit":
		code, err := strconv.Atoi(args[0])
		x.Exit(node, code)
		return 0, err
	}
	return 1, fmt.Errorf("no command %s", word)
}

func (x *tool) hold(ctx context.Context, word string, stdout io.Writer) (int, error) {
	count := func(n int) {
		x.mu.Lock()
		defer x.mu.Unlock()
		x.holds[word] += n
	}
	count(1)
	defer count(-1)
	if _, err := io.Copy(stdout, bytes.NewBufferString("holding\n")); err != nil {
		return 0, err
	}
	<-ctx.Done()
	return 0, ctx.Err()
}

func (x *tool) terminal(ctx context.Context, e engine.Exec, want string, say func(string) (int, error)) (int, error) {
	if !e.TTY {
		return 1, nil
	}
	for {
		select {
		case size := <-e.Resize:
			if fmt.Sprintf("%dx%d", size.Width, size.Height) == want {
				return say("terminal " + want)
			}
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

func orDiscard(w io.Writer) io.Writer {
	if w == nil {
		return io.Discard
	}
	return w
}
