package docker

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

const patience = 2 * time.Minute

// hunted is the part of a node's init: it starts another command and the one that is
// to be ended, ends it with the script, and prints whoever is left.
const hunted = `
FERRY_EXEC=other setsid sh -c 'exec sleep 300' & other=$!
FERRY_EXEC=mark setsid sh -c "$1" >"$3" 2>&1 &
until grep -qs up "$3"; do sleep 0.01; done
timeout 90 sh -c "$2" ferry-kill mark || echo "the script ended with $?"
for f in /proc/[0-9]*/stat; do
	{ read -r stat <"$f"; } 2>/dev/null || continue
	pid=${f#/proc/} && pid=${pid%/*}
	set -- ${stat##*) }
	case $pid-$1 in 1-* | *-Z) ;; $other-*) echo another ;; *) echo "left: $stat" ;; esac
done
`

// TestKillScript runs the script on this machine's shell, in a process namespace of
// its own: a defect there may end anything, and what it leaves ends with the test.
func TestKillScript(t *testing.T) {
	for _, c := range []struct{ name, command string }{
		{"one process", "echo up; exec sleep 300"},
		{"children", "sleep 300 & echo up; sleep 300"},
		{"a child without the mark", "env -u FERRY_EXEC sleep 300 & echo up; wait"},
		{"a child of its own session", "setsid sleep 300 & echo up; wait"},
		{"a descendant with neither", "env -u FERRY_EXEC setsid sh -c 'sleep 300; :' & echo up; wait"},
		{"a grandchild whose parent ends when it is asked to", "env -u FERRY_EXEC setsid sh -c 'setsid sleep 300 & echo up; wait' & wait"},
		{"a daemon", "setsid sh -c 'setsid sleep 300 & exit' & echo up; wait"},
		{"one that has children for ever", "echo up; while :; do setsid sleep 300 & sleep 0.01; done"},
		{"one that has children when it is asked to end", "trap 'setsid sleep 300 & exit' TERM; echo up; while :; do sleep 0.01; done"},
		{"one that does not mind TERM", "trap '' TERM; echo up; while :; do sleep 1; done"},
		{"a stopped one", "echo up; kill -STOP $$; sleep 300"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			words := []string{"--pid", "--fork", "--mount-proc", "--kill-child", "sh", "-c", hunted, "sh", c.command, killScript, filepath.Join(t.TempDir(), "up")}
			if os.Getuid() != 0 {
				words = append([]string{"--user", "--map-root-user"}, words...)
			}
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			out, err := exec.CommandContext(ctx, "unshare", words...).CombinedOutput()
			if err != nil || string(out) != "another\n" {
				t.Fatalf("%v; left are, beside another:\n%s", err, out)
			}
		})
	}
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
