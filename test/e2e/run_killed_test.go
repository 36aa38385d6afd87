//go:build e2e

package e2e

import (
	"strings"
	"syscall"
	"testing"
	"time"
)

// The stack of a run that is killed goes, by the server after the one that started it.
// While the command is at work, the end of a server changes nothing.
func TestRunKilled(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	untilAlone := "echo at work >&2; exec >/dev/null 2>&1; while kill -0 $PPID; do sleep 0.2; done"
	p := h.begin("run", "gluster:1", "--progress", "plain", "--", "sh", "-c", untilAlone)
	p.await("at work")
	id := strings.TrimSpace(h.must("ps", "-q"))
	h.killServer()
	if got := h.must("ps", "-q"); got != id {
		t.Fatalf("with the next server there is %q, want %s", got, id)
	}
	h.sh(id, "", "true")
	p.signal(syscall.SIGKILL)
	p.end()
	took := eventually(t, 4*time.Minute, "the stack of a killed run is gone", func() bool { return len(h.stacks()) == 0 })
	t.Logf("gone %s after the kill", took.Round(time.Second))
	h.nothingMade()
}
