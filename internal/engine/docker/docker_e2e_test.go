//go:build e2e

package docker

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/engine/enginetest"
)

func TestContract(t *testing.T) {
	tool := enginetest.BuildTool(t)
	program := filepath.Join(t.TempDir(), "tool")
	ok(t, os.WriteFile(program, tool, 0o600))
	start := func(t *testing.T) enginetest.Engine {
		e, err := New(Options{At: enginetest.Endpoint(t), Program: program})
		ok(t, err)
		t.Cleanup(func() { _ = e.Close() })
		return e
	}
	enginetest.Run(t, start, enginetest.Options{
		Tool: tool, Has: engine.Features{FixedAddresses: true, Copy: true, Freeze: true, Commit: true, Layer: true},
	})
}

// node starts a node of an image that holds the suite's program.
func node(t *testing.T, e *Engine, change func(*engine.Spec)) string {
	t.Helper()
	name := "ferrytest-" + strings.ToLower(rand.Text()[:8])
	// A build that was cancelled ends its container a moment after its caller has returned.
	clean := func(remove func(context.Context, string) error) {
		err := remove(context.Background(), name)
		for end := time.Now().Add(patience); errors.Is(err, engine.ErrConflict) && time.Now().Before(end); {
			time.Sleep(50 * time.Millisecond)
			err = remove(context.Background(), name)
		}
		if err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(func() { clean(e.RemoveNode); clean(e.RemoveImage) })
	build := engine.Build{Ref: name, Context: folder(t)}
	ok(t, e.BuildImage(t.Context(), build, func(string) {}))
	s := engine.Spec{Name: name, Image: name, Labels: map[string]string{ferry.LabelStack: name}}
	change(&s)
	ok(t, e.CreateNode(t.Context(), s))
	ok(t, e.StartNode(t.Context(), name))
	enginetest.AwaitInit(t, e, name)
	return name
}

func folder(t *testing.T) io.Reader {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	dockerfile := "FROM scratch\nCOPY tool /tool\nCOPY tool /bin/bash\nCOPY tool /bin/sh\nENTRYPOINT [\"/tool\",\"init\"]\n"
	for name, content := range map[string]string{"Dockerfile": dockerfile, "tool": string(enginetest.BuildTool(t))} {
		ok(t, w.WriteHeader(&tar.Header{Name: name, Mode: 0o755, Size: int64(len(content))}))
		_, err := io.WriteString(w, content)
		ok(t, err)
	}
	ok(t, w.Close())
	return &b
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func outputOf(t *testing.T, e *Engine, node string, command ...string) string {
	t.Helper()
	var out bytes.Buffer
	code, err := e.Exec(t.Context(), node, engine.Exec{Command: command, Stdout: &out, Stderr: &out})
	if code != 0 || err != nil {
		t.Fatalf("%v: %d, %v, %s", command, code, err, out.String())
	}
	return out.String()
}

func TestNodeHasWhatItAskedForAndNoMore(t *testing.T) {
	e := newEngine(t, "")
	n := node(t, e, func(s *engine.Spec) {
		s.Capabilities, s.Devices = []string{"KILL", "SYS_ADMIN"}, []string{"/dev/null"}
		s.Memory, s.Tmpfs = 48<<20, []string{"/run"}
	})
	status := outputOf(t, e, n, "/tool", "read", "/proc/self/status")
	if want := fmt.Sprintf("CapEff:\t%016x\n", 1<<5|1<<21); !strings.Contains(status, want) {
		t.Errorf("capabilities: want %q in\n%s", want, status)
	}
	if mounts := outputOf(t, e, n, "/tool", "read", "/proc/mounts"); !strings.Contains(mounts, "tmpfs /run tmpfs rw,nosuid,nodev,") || strings.Contains(mounts, "/run tmpfs rw,nosuid,nodev,noexec") {
		t.Errorf("mounts\n%s", mounts)
	}
}

func TestPublishedPort(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ok(t, err)
	at := l.Addr().(*net.TCPAddr)
	ok(t, l.Close())
	e := newEngine(t, "")
	n := node(t, e, func(s *engine.Spec) { s.Ports = []ferry.Port{{Container: enginetest.EchoPort, Host: at.Port}} })
	enginetest.Echo(t, e, n) // its init is up
	c, err := net.DialTimeout("tcp", at.String(), patience)
	ok(t, err)
	defer func() { _ = c.Close() }()
	_, err = io.WriteString(c, "hi")
	ok(t, err)
	if _, err := io.ReadFull(c, make([]byte, 2)); err != nil {
		t.Fatal(err)
	}
}

// TestRelay is Dial to an engine whose addresses cannot be reached from here.
func TestRelay(t *testing.T) {
	e := newEngine(t, "")
	n := node(t, e, func(*engine.Spec) {})
	enginetest.Echo(t, e, n)
	e.local = false
	enginetest.Echo(t, e, n)
	c, err := e.Dial(t.Context(), n, 9)
	if err == nil || !strings.Contains(err.Error(), "refused") {
		t.Errorf("a closed port: %v, %v", c, err)
	}
	for end := time.Now().Add(patience); outputOf(t, e, n, "/tool", "count", "ferry-relay") != "0\n"; {
		if time.Now().After(end) {
			t.Fatal("the relay stays after its connection was closed")
		}
	}
}

// A node of a private network is dialled, and the host has no way to it.
func TestPrivateNetwork(t *testing.T) {
	e := newEngine(t, "")
	net4 := engine.Network{
		Name: "ferrytest-" + strings.ToLower(rand.Text()[:8]), Subnet: "10.249.249.0/28", Gateway: "10.249.249.1", Private: true,
		Labels: map[string]string{ferry.LabelFerry: "test"},
	}
	ok(t, e.CreateNetwork(t.Context(), net4))
	t.Cleanup(func() { ok(t, e.RemoveNetwork(context.Background(), net4.Name)) })
	n := node(t, e, func(s *engine.Spec) { s.Network, s.Address = net4.Name, "10.249.249.2" })
	enginetest.Echo(t, e, n)
	c, err := net.DialTimeout("tcp", fmt.Sprintf("10.249.249.2:%d", enginetest.EchoPort), time.Second)
	if err != nil {
		return
	}
	defer func() { _ = c.Close() }()
	// Whoever is in the way out may take connections to every address.
	ok(t, c.SetDeadline(time.Now().Add(time.Second)))
	_, _ = io.WriteString(c, "hi")
	if _, err := io.ReadFull(c, make([]byte, 2)); err == nil {
		t.Error("the host reaches the node")
	}
}

func TestPullEndsWithItsContext(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0") // a registry that never answers
	ok(t, err)
	defer func() { _ = l.Close() }()
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	start := time.Now()
	err = newEngine(t, "").PullImage(ctx, l.Addr().String()+"/no/such:1", "ferrytest-pulled")
	if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > 5*time.Second {
		t.Fatalf("%v after %s", err, time.Since(start))
	}
}

func TestBuildEndsWithItsContext(t *testing.T) {
	e := newEngine(t, "")
	n := node(t, e, func(*engine.Spec) {})
	ref := n + "-cancelled"
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	dockerfile := "FROM " + n + "\nRUN [\"/tool\",\"hold\"]\n"
	ok(t, w.WriteHeader(&tar.Header{Name: "Dockerfile", Mode: 0o644, Size: int64(len(dockerfile))}))
	_, err := io.WriteString(w, dockerfile)
	ok(t, err)
	ok(t, w.Close())
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	err = e.BuildImage(ctx, engine.Build{Ref: ref, Context: &b}, func(line string) {
		if strings.Contains(line, "holding") {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if _, there, err := e.HasImage(t.Context(), ref); there || err != nil {
		t.Errorf("the image is there: %v, %v", there, err)
	}
}
