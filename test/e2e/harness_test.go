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
	"testing"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/server"
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
	build := exec.Command("go", "build", "-race", "-o", program, "github.com/ferry-project/ferry/cmd/ferry")
	if out, err := build.CombinedOutput(); err != nil {
		return 1, fmt.Errorf("build ferry: %w\n%s", err, out)
	}
	return m.Run(), nil
}

// home is one FERRY_HOME, with its own server, for one test.
type home struct {
	t    *testing.T
	dir  string
	wrap []string // runs before the program: nsenter, for one
	env  []string
}

// newHome makes a home whose end checks that no container, network, volume or
// process of it is left.
func newHome(t *testing.T) *home {
	t.Helper()
	h := &home{t: t, dir: t.TempDir()}
	t.Cleanup(h.close)
	return h
}

func (h *home) close() {
	if h.t.Failed() {
		h.keepEvidence()
	}
	for _, s := range h.stacks() {
		if !h.t.Failed() {
			h.t.Errorf("the test left stack %s behind", s.ID)
		}
		h.run("rm", "--force", "--yes", s.ID)
	}
	h.run("quit")
	h.leftovers()
}

// keepEvidence prints what a reader of a failed run wants to see.
func (h *home) keepEvidence() {
	for _, args := range [][]string{{"ps", "-a"}, {"events", "-o", "json"}} {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		r := h.runContext(ctx, nil, args...)
		cancel()
		h.t.Logf("$ ferry %s\n%s%s", strings.Join(args, " "), lastBytes(r.out), r.err)
	}
	if log, err := os.ReadFile(server.PathsOf(h.dir).Log); err == nil {
		h.t.Logf("server log:\n%s", lastBytes(string(log)))
	}
}

func lastBytes(s string) string { return s[max(0, len(s)-8000):] }

// leftovers fails the test for everything of this home that the engine still has.
func (h *home) leftovers() {
	filter := "label=" + ferry.LabelHome + "=" + server.Label(h.dir)
	for _, what := range [][]string{
		{"ps", "-aq", "--filter", filter},
		{"volume", "ls", "-q", "--filter", filter},
		{"network", "ls", "-q", "--filter", filter},
	} {
		out, err := h.docker(what...)
		if err != nil || strings.TrimSpace(out) != "" {
			h.t.Errorf("left behind (docker %s): %s %v", strings.Join(what, " "), out, err)
		}
	}
}

func (h *home) docker(args ...string) (string, error) {
	cmd := exec.Command("docker", args...)
	cmd.Env = append(os.Environ(), h.env...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// result of a command.
type result struct {
	out, err string
	code     int
}

// run runs ferry and gives what came out.
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
		h.t.Fatalf("ferry %s: %v", strings.Join(args, " "), err)
	}
	return result{out.String(), errs.String(), cmd.ProcessState.ExitCode()}
}

func (h *home) command(ctx context.Context, args ...string) *exec.Cmd {
	words := append(slices.Clone(h.wrap), program)
	words = append(words, args...)
	cmd := exec.CommandContext(ctx, words[0], words[1:]...)
	cmd.Env = append(os.Environ(), "FERRY_HOME="+h.dir, "NO_COLOR=1")
	cmd.Env = append(cmd.Env, h.env...)
	return cmd
}

// must runs ferry, demands success and gives stdout without its last newline.
func (h *home) must(args ...string) string {
	h.t.Helper()
	r := h.run(args...)
	if r.code != 0 {
		h.t.Fatalf("ferry %s: exit code %d\n%s%s", strings.Join(args, " "), r.code, r.out, r.err)
	}
	return strings.TrimSuffix(r.out, "\n")
}

// sh runs a shell command in a node of a stack and demands success.
func (h *home) sh(stack, node, script string) string {
	h.t.Helper()
	return h.must("exec", stack, node, "--", "sh", "-ec", script)
}

// start starts an application and removes it at the end of the test.
func (h *home) start(args ...string) string {
	h.t.Helper()
	id := h.must(append([]string{"start", "--progress", "plain"}, args...)...)
	h.t.Cleanup(func() {
		if r := h.run("rm", "--force", "--yes", id); r.code != 0 && r.code != 3 {
			h.t.Errorf("ferry rm %s: exit code %d\n%s", id, r.code, r.err)
		}
	})
	return id
}

func (h *home) stacks() []ferry.Stack {
	h.t.Helper()
	r := h.run("ps", "-a", "-o", "json")
	var stacks []ferry.Stack
	if err := json.Unmarshal([]byte(r.out), &stacks); err != nil {
		h.t.Errorf("ferry ps -o json: %v\n%s%s", err, r.out, r.err)
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
