//go:build e2e

package e2e

import (
	"strings"
	"testing"
	"time"
)

// Two bricks: the second alone must not answer for the volume, because it may
// have missed what the first one took.
func TestPairServesNothingStale(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	id := h.start("gluster:2")
	h.checkVolume(id, 2)
	brick := h.brick(id)
	h.sh(id, "mpi-client0", "echo old >/service/data/state")
	h.must("quit") // nobody shall repair what the test breaks

	h.mustDocker("kill", container(id, "gluster1"))
	h.inClient(id, "echo new >/service/data/state.new && mv /service/data/state.new /service/data/state && sync /service/data/state")
	h.mustDocker("kill", container(id, "gluster0"))
	h.mustDocker("start", container(id, "gluster1"))
	if got := h.mustDocker("exec", container(id, "gluster1"), "cat", brick+"/state"); got != "old" {
		t.Fatalf("the second brick has %q: nothing is stale, the test shows nothing", got)
	}
	h.mustRefuse(id)

	h.mustDocker("start", container(id, "gluster0"))
	eventually(t, 3*time.Minute, "the client has the new state", func() bool {
		got := h.tryInClient(id, "dd if=/service/data/state iflag=direct status=none")
		if got == "old" {
			t.Fatal("both bricks are there, and the old state was served")
		}
		return got == "new"
	})
	h.comesUp(id) // with a server, which the command starts
	h.canHeal(id)
	h.heals(id, 2)
	if got := h.sh(id, "gluster1", "cat "+brick+"/state"); got != "new" {
		t.Errorf("the second brick was healed and has %q", got)
	}
}

// mustRefuse tries for a while, so that the lone brick has the time to come up
// and the client to find it.
func (h *home) mustRefuse(id string) {
	h.t.Helper()
	alone := 0
	eventually(h.t, 3*time.Minute, "the client was refused ten times by the second brick alone", func() bool {
		got := h.tryInClient(id, "dd if=/service/data/state iflag=direct status=none")
		if got == "old" {
			h.t.Fatal("a stale copy was served")
		}
		if h.tryInClient(id, "echo lost >/service/data/other && sync /service/data/other && echo written") == "written" {
			h.t.Fatal("a write was taken without the first brick")
		}
		listens := h.tryIn(id, "gluster1", ": </dev/tcp/localhost/49152 && echo yes") == "yes"
		if listens {
			alone++
		}
		return alone == 10
	})
}

// inClient runs a command in the client without Ferry, as a job would that runs there.
func (h *home) inClient(id, script string) {
	h.t.Helper()
	h.mustDocker("exec", "-u", "ferry", container(id, "mpi-client0"), "timeout", "-s", "KILL", "60", "bash", "-ec", script)
}

// tryInClient returns what a command has printed, "" when it failed or hung.
func (h *home) tryInClient(id, script string) string { return h.tryIn(id, "mpi-client0", script) }

func (h *home) tryIn(id, node, script string) string {
	out, err := h.docker("exec", "-u", "ferry", container(id, node), "timeout", "-s", "KILL", "3", "bash", "-c", "{ "+script+"; } 2>/dev/null")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(out)
}
