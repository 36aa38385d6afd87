//go:build e2e

// Package e2e holds the scenarios: the real program, real containers, a real
// engine. Each scenario uses Ferry as a user would, and leaves nothing behind.
package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
)

// program is the binary under test, built once.
var program string

func TestMain(m *testing.M) {
	code, err := runAll(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func runAll(m *testing.M) (int, error) {
	dir, err := os.MkdirTemp("", "ferry-e2e-")
	if err != nil {
		return 1, err
	}
	defer os.RemoveAll(dir)
	program = filepath.Join(dir, "ferry")
	// With the race detector and yet alone in one file: it copies volumes in a container
	// that has nothing else.
	build := exec.Command("go", "build", "-race", "-tags", "netgo,osusergo", "-ldflags", "-linkmode external -extldflags -static", "-o", program, "github.com/ferry-project/ferry/cmd/ferry")
	if out, err := build.CombinedOutput(); err != nil {
		return 1, fmt.Errorf("build ferry: %w\n%s", err, out)
	}
	return m.Run(), nil
}

// home is one FERRY_HOME, with its own server, for one test.
type home struct {
	t       *testing.T
	root    string   // all that the test may write to
	dir     string   // FERRY_HOME
	wrap    []string // runs before the program: nsenter, for one
	env     []string
	started []string // stacks that close removes
}

var homes atomic.Int32

// newHome makes a home whose end checks that no container, network, volume,
// process or file of it is left.
func newHome(t *testing.T) *home {
	t.Helper()
	root, err := os.MkdirTemp("", "ferry-home-") // short: a socket's path must be
	if err != nil {
		t.Fatal(err)
	}
	h := &home{t: t, root: root, dir: filepath.Join(root, "home")}
	for _, d := range []string{h.tmp(), h.work()} {
		if err := os.Mkdir(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	// Two servers that plan at the same moment must not choose the same subnet.
	h.env = []string{fmt.Sprintf("FERRY_ADDRESS_POOL=10.%d.%d.0/20", 160+os.Getpid()%48, 16*(homes.Add(1)%16))}
	t.Cleanup(h.close)
	return h
}

// tmp is the program's TMPDIR, work the folder it is started in.
func (h *home) tmp() string  { return filepath.Join(h.root, "tmp") }
func (h *home) work() string { return filepath.Join(h.root, "work") }

// file writes a file beside the program and returns its name.
func (h *home) file(name, content string) string {
	h.t.Helper()
	path := filepath.Join(h.work(), name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(content), 0o755)); err != nil {
		h.t.Fatal(err)
	}
	return name
}

func (h *home) docker(args ...string) (string, error) {
	cmd := exec.Command("docker", args...)
	cmd.Env = append(os.Environ(), h.env...)
	out, err := cmd.CombinedOutput()
	return strings.TrimSuffix(string(out), "\n"), err
}

// mustDocker does behind Ferry's back what the world may do.
func (h *home) mustDocker(args ...string) string {
	h.t.Helper()
	out, err := h.docker(args...)
	if err != nil {
		h.t.Fatalf("docker %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// result of a command.
type result struct {
	out, err string
	code     int
}

func (r result) String() string { return fmt.Sprintf("exit code %d\n%s%s", r.code, r.out, r.err) }

// run runs ferry and returns what came out.
func (h *home) run(args ...string) result {
	h.t.Helper()
	return h.runContext(context.Background(), nil, args...)
}

func (h *home) runContext(ctx context.Context, stdin []byte, args ...string) result {
	h.t.Helper()
	cmd := h.command(ctx, args...)
	cmd.Stdin = bytes.NewReader(stdin)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		h.t.Errorf("ferry %s: %v", strings.Join(args, " "), err)
		return result{code: -1}
	}
	return result{out.String(), errs.String(), cmd.ProcessState.ExitCode()}
}

func (h *home) command(ctx context.Context, args ...string) *exec.Cmd {
	words := append(slices.Clone(h.wrap), program)
	words = append(words, args...)
	cmd := exec.CommandContext(ctx, words[0], words[1:]...)
	// The race detector would make every command end a second later.
	cmd.Env = append(os.Environ(), "FERRY_HOME="+h.dir, "TMPDIR="+h.tmp(), "NO_COLOR=1", "GORACE=atexit_sleep_ms=0",
		"PATH="+filepath.Dir(program)+":"+os.Getenv("PATH"))
	cmd.Env = append(cmd.Env, h.env...)
	cmd.Dir = h.work()
	return cmd
}

// must runs ferry, demands success and returns stdout without its last newline.
func (h *home) must(args ...string) string {
	h.t.Helper()
	r := h.run(args...)
	if r.code != 0 {
		h.t.Fatalf("ferry %s: %s", strings.Join(args, " "), r)
	}
	return strings.TrimSuffix(r.out, "\n")
}

// sh runs a shell command in a node of a stack and demands success.
func (h *home) sh(stack, node, script string) string {
	h.t.Helper()
	return h.must("exec", "-i=false", stack, node, "--", "bash", "-ec", script)
}

// start starts an application, which the end of the test removes.
func (h *home) start(args ...string) string {
	h.t.Helper()
	id := h.must(append([]string{"start", "--progress", "plain"}, args...)...)
	h.started = append(h.started, id)
	return id
}

func (h *home) stacks() []ferry.Stack {
	h.t.Helper()
	r := h.run("ps", "-a", "-o", "json")
	var stacks []ferry.Stack
	if err := json.Unmarshal([]byte(r.out), &stacks); err != nil {
		h.t.Errorf("ferry ps -o json: %v\n%s", err, r)
	}
	return stacks
}

func (h *home) status(id string) ferry.Status {
	h.t.Helper()
	for _, s := range h.stacks() {
		if s.ID == id {
			return s.Status
		}
	}
	return ""
}

func (h *home) inspect(id string) api.Detail {
	h.t.Helper()
	var d api.Detail
	if err := json.Unmarshal([]byte(h.must("inspect", id, "-o", "json")), &d); err != nil {
		h.t.Fatalf("ferry inspect -o json: %v", err)
	}
	return d
}

// comesUp waits until a stack runs by itself.
func (h *home) comesUp(id string) {
	h.t.Helper()
	took := eventually(h.t, 3*time.Minute, id+" runs", func() bool { return h.status(id) == ferry.Running })
	h.t.Logf("%s runs again after %s", id, took.Round(time.Millisecond))
}

// container is the engine's name of a node.
func container(stack, node string) string { return "ferry-" + stack + "-" + node }

// eventually waits for something that happens by itself, looking four times a second.
func eventually(t *testing.T, within time.Duration, what string, is func() bool) time.Duration {
	t.Helper()
	begin := time.Now()
	for !is() {
		if time.Since(begin) > within {
			t.Fatalf("not within %s: %s", within, what)
		}
		time.Sleep(250 * time.Millisecond)
	}
	return time.Since(begin)
}
