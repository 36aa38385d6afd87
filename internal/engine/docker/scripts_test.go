package docker

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

const patience = 20 * time.Second

// TestKillScript runs the script on this machine's own shell.
func TestKillScript(t *testing.T) {
	for _, c := range []struct{ name, command string }{
		{"one process", "echo up; exec sleep 300"},
		{"children", "sleep 300 & echo up; sleep 300"},
		{"a child without the mark", "env -u FERRY_EXEC sleep 300 & echo up; wait"},
		{"a child of its own session", "setsid sleep 300 & echo up; wait"},
		{"a descendant with neither", "env -u FERRY_EXEC setsid sh -c 'sleep 300; :' & echo up; wait"},
		{"one that does not mind TERM", "trap '' TERM; echo up; while :; do sleep 1; done"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			mark := "test" + strings.ReplaceAll(c.name, " ", "-")
			begin(t, c.command, mark)
			bystander := begin(t, "echo up; exec sleep 300", mark+"-another")
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			if out, err := exec.CommandContext(ctx, "/bin/sh", "-c", killScript, "ferry-kill", mark).CombinedOutput(); err != nil || len(out) > 0 {
				t.Fatalf("%v\n%s", err, out)
			}
			if err := bystander.Process.Signal(syscall.Signal(0)); err != nil {
				t.Errorf("another's command was ended: %v", err)
			}
		})
	}
}

// begin starts a marked command that leads a session, as Docker starts one, and
// makes sure that nothing of it is left at the test's end.
func begin(t *testing.T, command, mark string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command("/bin/sh", "-c", command)
	cmd.Env = append(os.Environ(), markName+"="+mark)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	out, in, err := os.Pipe() // every process of it holds the other end
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout = in
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = in.Close()
	r := bufio.NewReader(out)
	if _, err := r.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if strings.HasSuffix(mark, "-another") {
			_ = cmd.Process.Kill()
		}
		_ = out.SetReadDeadline(time.Now().Add(patience))
		if _, err := io.Copy(io.Discard, r); err != nil {
			t.Errorf("a process of it is left: %v", err)
		}
		_ = cmd.Wait()
	})
	return cmd
}

func TestRelayScript(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	go func() {
		c, err := l.Accept()
		if err == nil {
			_, _ = io.CopyN(c, c, 5)
			_, _ = io.WriteString(c, " bye")
			_ = c.Close()
		}
	}()
	host, port, _ := net.SplitHostPort(l.Addr().String())
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "bash", "-c", relayScript, "ferry-relay", host, port)
	in, _ := cmd.StdinPipe()
	go func() { _, _ = io.WriteString(in, "hello") }() // and never close it: the far end does
	out, err := cmd.Output()
	if err != nil || string(out) != "+hello bye" {
		t.Errorf("%q, %v", out, err)
	}
	_ = l.Close()
	out, err = exec.CommandContext(ctx, "bash", "-c", relayScript, "ferry-relay", host, port).Output()
	var exit *exec.ExitError
	if len(out) > 0 || !errors.As(err, &exit) || exit.ExitCode() != 1 {
		t.Errorf("a closed port: %q, %v", out, err)
	}
}

func TestDialCommand(t *testing.T) {
	c, err := dialCommand("cat")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(c, "through a child"); err != nil {
		t.Fatal(err)
	}
	if err := c.(interface{ CloseWrite() error }).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if out, err := io.ReadAll(c); string(out) != "through a child" || err != nil {
		t.Fatalf("%q, %v", out, err)
	}
	_ = c.Close()
	if _, err := dialCommand("no-such-command"); err == nil {
		t.Fatal("a missing command was started")
	}
}
