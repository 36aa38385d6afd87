//go:build e2e

package build_test

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/engine/docker"
	"github.com/ferry-project/ferry/internal/personality"
	"github.com/ferry-project/ferry/internal/supervise"
)

// startNode starts a node of s with the files and returns its name.
func startNode(t *testing.T, e *docker.Engine, s engine.Spec, files ...ferry.File) string {
	t.Helper()
	s.Name = "ferrytest-" + strings.ToLower(rand.Text()[:8])
	s.Labels = map[string]string{ferry.LabelStack: s.Name}
	s.Tmpfs = append(s.Tmpfs, "/run")
	for _, c := range personality.NodeRights() {
		s.Capabilities = append(s.Capabilities, c.Name)
	}
	t.Cleanup(func() {
		if err := e.RemoveNode(context.Background(), s.Name); err != nil {
			t.Error(err)
		}
	})
	if err := e.CreateNode(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	if err := e.CopyTo(t.Context(), s.Name, "/", archive(t, files)); err != nil {
		t.Fatal(err)
	}
	if err := e.StartNode(t.Context(), s.Name); err != nil {
		t.Fatal(err)
	}
	return s.Name
}

func archive(t *testing.T, files []ferry.File) io.Reader {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range files {
		mode := int64(f.Mode)
		if mode == 0 {
			mode = 0o644
		}
		h := tar.Header{Name: strings.TrimPrefix(f.Path, "/"), Mode: mode, Size: int64(len(f.Content))}
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, f.Content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return &b
}

// running starts a node of the base image with the processes.
func running(t *testing.T, processes ...ferry.Process) (*docker.Engine, string) {
	t.Helper()
	b, e := realBuilder(t, shelf(t))
	if err := b.Ensure(t.Context(), "base", func(line string) { t.Log(line) }); err != nil {
		t.Fatal(err)
	}
	ref, _ := b.Recipes.Ref("base")
	n := ferry.Node{NodeBlueprint: ferry.NodeBlueprint{Processes: processes}}
	return e, startNode(t, e, engine.Spec{Image: ref}, supervise.Files(n)...)
}

func logs(t *testing.T, e *docker.Engine, node string) string {
	t.Helper()
	var b bytes.Buffer
	if err := e.Logs(t.Context(), node, engine.Logs{}, &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// awaitLog waits until the node has printed the line.
func awaitLog(t *testing.T, e *docker.Engine, node, line string) string {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for range 400 {
		if all := logs(t, e, node); strings.Contains("\n"+all, "\n"+line+"\n") {
			return all
		}
		<-tick.C
	}
	t.Fatalf("%q was not printed, but:\n%s", line, logs(t, e, node))
	return ""
}

// ended waits until the node has ended and returns its exit code.
func ended(t *testing.T, e *docker.Engine, node string) int {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for range 400 {
		nodes, err := e.ListNodes(t.Context(), map[string]string{ferry.LabelStack: node})
		if err != nil || len(nodes) != 1 {
			t.Fatalf("%v, %v", nodes, err)
		}
		if nodes[0].State == engine.Exited {
			return nodes[0].ExitCode
		}
		<-tick.C
	}
	t.Fatalf("%s did not end", node)
	return 0
}

func bash(name, script string, args ...string) ferry.Process {
	return ferry.Process{Name: name, Command: append([]string{"bash", "-c", script, name}, args...)}
}

// loop runs until a signal comes, without a child that would outlive it.
const loop = `; while :; do read -r -t 1 <> <(:); done`

func TestProcessGetsWhatItAskedFor(t *testing.T) {
	p := bash("echo", `printf '<%s>\n' "$@" "$GREETING" "$HOME" "$USER" "$PWD" "$(id -un)"`+loop,
		"a b", "$HOME", "", `q"uo\te`, "{", "}", "`id`", "é")
	p.User, p.Dir, p.Env = "ferry", "/tmp", map[string]string{"GREETING": `hi "there" $x ${y}`}
	e, n := running(t, p)
	all := awaitLog(t, e, n, "echo: <ferry>")
	want := []string{"a b", "$HOME", "", `q"uo\te`, "{", "}", "`id`", "é", `hi "there" $x ${y}`, "/home/ferry", "ferry", "/tmp", "ferry"}
	if got, want := all, "echo: <"+strings.Join(want, ">\necho: <")+">\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	var kept bytes.Buffer
	code, err := e.Exec(t.Context(), n, engine.Exec{Command: []string{"cat", "/service/logs/echo/current"}, User: "ferry", Stdout: &kept})
	if err != nil || code != 0 || strings.Count(kept.String(), "\n") != len(want) {
		t.Errorf("kept: exit %d, %v, %q", code, err, kept.String())
	}
}

func TestRestartsAreLimited(t *testing.T) {
	p := bash("dier", "echo alive; exit 3")
	p.Restarts = 2
	e, n := running(t, p)
	all := awaitLog(t, e, n, "ferry: dier given up: it exited with 3, 3 time(s) within a minute")
	for _, line := range []string{
		"ferry: dier exited with 3, restarting (1 of 2)\n", "ferry: dier exited with 3, restarting (2 of 2)\n",
	} {
		if !strings.Contains(all, line) {
			t.Errorf("%q is missing in\n%s", line, all)
		}
	}
	if starts := strings.Count(all, "dier: alive\n"); starts != 3 {
		t.Errorf("it was started %d times, want 3", starts)
	}
}

func TestVitalProcessEndsTheNode(t *testing.T) {
	p := bash("heart", "exit 7")
	p.Restarts, p.Vital = -1, true
	e, n := running(t, bash("other", "true"+loop), p)
	if code := ended(t, e, n); code == 0 {
		t.Error("the node ended with 0, want another code")
	}
	awaitLog(t, e, n, "ferry: heart given up: it exited with 7, 1 time(s) within a minute")
}

func TestStop(t *testing.T) {
	term := bash("term", "trap 'echo bye; exit 0' TERM; echo up"+loop)
	usr := bash("usr", "trap 'echo bye; exit 0' USR1; echo up"+loop)
	usr.StopSignal = "USR1"
	deaf := bash("deaf", "trap '' TERM; sleep 1000")
	deaf.Grace = 300 * time.Millisecond
	for _, c := range []struct {
		name    string
		process []ferry.Process
		say     []string
		within  time.Duration
	}{
		{"no process", nil, nil, 5 * time.Second},
		{"TERM", []ferry.Process{term}, []string{"term: up", "term: bye"}, 5 * time.Second},
		{"a signal of its own", []ferry.Process{usr}, []string{"usr: up", "usr: bye"}, 5 * time.Second},
		{"one that does not listen", []ferry.Process{deaf}, nil, 5 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, n := running(t, c.process...)
			for _, line := range c.say[:len(c.say)/2] {
				awaitLog(t, e, n, line)
			}
			begin := time.Now()
			if err := e.StopNode(t.Context(), n, 10*time.Second); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(begin); took > c.within {
				t.Errorf("it took %s to stop, want at most %s", took, c.within)
			}
			if code := ended(t, e, n); code != 0 {
				t.Errorf("it ended with %d, want 0", code)
			}
			for _, line := range c.say {
				awaitLog(t, e, n, line)
			}
		})
	}
}

func TestAwait(t *testing.T) {
	waits := bash("waits", "echo open"+loop)
	waits.Await = []string{"127.0.0.1:7070"}
	e, n := running(t, waits)
	code, err := e.Exec(t.Context(), n, engine.Exec{Command: []string{"bash", "-c", "! grep -q open /service/logs/waits/current"}})
	if err != nil || code != 0 {
		t.Fatalf("it did not wait: exit %d, %v", code, err)
	}
	serve := `exec perl -MIO::Socket::INET -e 'my $s = IO::Socket::INET->new(Listen => 5, LocalAddr => "127.0.0.1:7070") or die; $s->accept'`
	if code, err := e.Exec(t.Context(), n, engine.Exec{Command: []string{"bash", "-c", serve}}); err != nil || code != 0 {
		t.Fatalf("serve: exit %d, %v", code, err)
	}
	awaitLog(t, e, n, "waits: open")
}
