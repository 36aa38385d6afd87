//go:build e2e

package e2e

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// What a user gets wrong is told at once, with its place, and nothing is made.
func TestWrongFiles(t *testing.T) {
	h := newHome(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	taken := l.Addr().(*net.TCPAddr).Port
	const gluster = "backend:\n  - storage:\n      personality: gluster\n      instances: 1\n"
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"unknown key": {
			"backend:\n  - storage:\n      personality: gluster\n      instanzes: 3\n",
			[]string{"app.yaml:4:7:", "instanzes", "instances"},
		},
		"two faults in one run": {
			"backend:\n  - storage:\n      personality: gluser\n      instances: some\n",
			[]string{"app.yaml:3:20:", "gluser", "did you mean gluster", "app.yaml:4:18:"},
		},
		"not YAML": {"backend: [\n  - {", []string{"app.yaml:2:"}},
		"binary":   {"\x00\x01\x02\xff\xfe", []string{"app.yaml"}},
		"a list":   {"- 1\n- 2\n", []string{"app.yaml:1:1:"}},
		"ten thousand": {
			strings.Replace(gluster, "instances: 1", "instances: 10000", 1),
			[]string{"app.yaml:4:18:", "10000"},
		},
		"taken port": {
			gluster + fmt.Sprintf("connectors:\n  - personality: mpi-client\n    ports: [\"%d:80\"]\n", taken),
			[]string{"app.yaml:7:", fmt.Sprintf("host port %d is taken", taken)},
		},
	} {
		t.Run(name, func(t *testing.T) {
			h.file("app.yaml", c.text)
			h.refused(t, 2, c.want, "start", "app.yaml")
		})
	}
	t.Run("no answer", func(t *testing.T) {
		h.file("app.yaml", "questions:\n  - question: How many bricks?\n    param: \"{n}\"\n"+strings.Replace(gluster, "instances: 1", "instances: \"{n}\"", 1))
		h.refused(t, 2, []string{"How many bricks?", "--answer"}, "start", "app.yaml")
	})
	h.nothingMade()
}

// refused runs ferry and wants its exit code, these words on stderr and nothing
// on stdout, in a moment.
func (h *home) refused(t *testing.T, code int, words []string, args ...string) {
	t.Helper()
	begin := time.Now()
	r := h.run(args...)
	if r.code != code || r.out != "" {
		t.Errorf("ferry %s: want exit code %d and an empty stdout, got %s", strings.Join(args, " "), code, r)
	}
	for _, w := range words {
		if !strings.Contains(r.err, w) {
			t.Errorf("ferry %s: stderr has no %q:\n%s", strings.Join(args, " "), w, r.err)
		}
	}
	if strings.Contains(r.err, "goroutine") || strings.Count(r.err, "\n") > 15 {
		t.Errorf("ferry %s: a user would not read this:\n%s", strings.Join(args, " "), r.err)
	}
	if took := time.Since(begin); took > 20*time.Second {
		t.Errorf("ferry %s took %s to refuse", strings.Join(args, " "), took)
	}
}

// Words that mean nothing.
func TestWrongWords(t *testing.T) {
	h := newHome(t)
	h.file("empty.yaml", "\n")
	sparse := filepath.Join(h.work(), "huge.yaml")
	f, err := os.Create(sparse)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Truncate(1 << 30); err != nil {
		t.Fatal(err)
	}
	f.Close()
	for _, c := range []struct {
		code  int
		args  string
		words []string
	}{
		{2, "start huge.yaml", []string{"larger than 1 MiB"}},
		{2, "start empty.yaml", []string{"is empty"}},
		{2, "start missing.yaml", []string{"no file missing.yaml"}},
		{2, "start gluster:10000", []string{"10000"}},
		{2, "start gluster:0", []string{"0"}},
		{2, "start gluster:1 --name UPPER", []string{"UPPER"}},
		{2, "start gluster:1 --no-such-flag", []string{"no-such-flag", "hint:"}},
		{2, "strat gluster:1", []string{"did you mean start"}},
		{2, "start gluster:1 -b nowhere", []string{"no folder nowhere"}},
		{3, "start glutser", []string{"glutser"}},
		{3, "start sa-12345678", []string{"sa-12345678"}},
		{3, "stop sa-12345678", []string{"sa-12345678"}},
		{3, "rm --yes sa-12345678", []string{"sa-12345678"}},
		{3, "exec sa-12345678 -- true", []string{"sa-12345678"}},
		{3, "logs sa-12345678", []string{"sa-12345678"}},
		{3, "inspect sa-12345678", []string{"sa-12345678"}},
		{3, "cancel jo-12345678", []string{"jo-12345678"}},
	} {
		t.Run(c.args, func(t *testing.T) { h.refused(t, c.code, c.words, strings.Fields(c.args)...) })
	}
	h.nothingMade()
}

// Without an engine Ferry says so, and what to do.
func TestNoEngine(t *testing.T) {
	h := newHome(t)
	h.env = append(h.env, "DOCKER_HOST=unix://"+h.work()+"/nowhere.sock")
	h.refused(t, 5, []string{"nowhere.sock", "hint:", "ferry doctor"}, "start", "gluster:1")
	if r := h.run("ps"); r.code != 0 {
		t.Errorf("a listing must not fail without an engine: %s", r)
	}
	h.must("quit")
	h.env = h.env[:1] // the leftovers are looked for where an engine is
}

// What is right, but not now.
func TestWrongMoment(t *testing.T) {
	h := newHome(t)
	starting := h.begin("start", "gluster:1", "--name", "lab", "--progress", "plain")
	starting.await("network created")
	h.refused(t, 4, []string{"being started"}, "rm", "--yes", "lab")
	h.refused(t, 4, []string{"being started"}, "stop", "lab")
	r := starting.end()
	if r.code != 0 {
		t.Fatalf("start, while others tried to remove it: %s", r)
	}
	id := strings.TrimSpace(r.out)
	h.started = append(h.started, id)
	h.refused(t, 4, []string{"is running", "--force"}, "rm", "--yes", id)
	h.refused(t, 4, []string{"lab"}, "start", "gluster:1", "--name", "lab")
	h.refused(t, 2, []string{"--yes"}, "rm", id) // no terminal to ask on
	h.must("stop", id)
	h.startTwice(t, id)
	h.must("exec", id, "--", "true")
	h.forceWhileStarting(t)
}

// startTwice: of two at once one wins, and the other is told.
func (h *home) startTwice(t *testing.T, id string) {
	t.Helper()
	a := h.begin("start", id, "--progress", "plain")
	b := h.begin("start", id, "--progress", "plain")
	won, lost := a.end(), b.end()
	if won.code != 0 {
		won, lost = lost, won
	}
	if won.code != 0 || strings.TrimSpace(won.out) != id {
		t.Errorf("none of two starts succeeded: %s\n%s", won, lost)
	}
	if lost.code != 4 || !strings.Contains(lost.err, "being started") && !strings.Contains(lost.err, "is busy") {
		t.Errorf("the second start was not refused: %s", lost)
	}
}

// forceWhileStarting: rm --force ends the start first; its watcher is told.
func (h *home) forceWhileStarting(t *testing.T) {
	t.Helper()
	starting := h.begin("start", "gluster:1", "--name", "doomed", "--progress", "plain")
	starting.await("gluster0     started")
	h.must("rm", "--force", "--yes", "doomed")
	if r := starting.end(); r.code != 130 && r.code != 1 || strings.Contains(r.out, "sa-") {
		t.Errorf("a start that was ended by rm --force: %s", r)
	}
	if got := h.status("doomed"); got != "" {
		t.Errorf("after rm --force the stack is %s", got)
	}
}
