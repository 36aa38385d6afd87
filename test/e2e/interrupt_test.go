//go:build e2e

package e2e

import (
	"os"
	"strings"
	"testing"
)

// Ctrl-C during a start, at any moment: exit code 130, and all that was made is gone.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	for _, c := range []struct{ at, application string }{
		{"operations", "gluster:1"},
		{"network created", "gluster:1"},
		{"gluster1     created", "gluster:3"},
		{"gluster2     started", "gluster:3"},
		{"form done", "openmpi"},
		{"mpi-client   ready", "gluster:1"},
	} {
		t.Run(c.at, func(t *testing.T) {
			p := h.begin("start", c.application, "--progress", "plain")
			p.await(c.at)
			p.signal(os.Interrupt)
			h.undone(t, p.end())
		})
	}
}

// undone allows for a start that had ended just before the signal came.
func (h *home) undone(t *testing.T, r result) {
	t.Helper()
	if id := strings.TrimSpace(r.out); id != "" && (r.code == 0 || strings.Contains(r.err, "done before")) {
		t.Logf("the start was over before the signal: %s", r)
		h.must("rm", "--force", "--yes", id)
		return
	}
	if r.code != 130 || r.out != "" {
		t.Errorf("interrupted: want exit code 130 and an empty stdout, got %s", r)
	}
	h.nothingMade()
}

// Ctrl-C before there is a job: while the command looks for a server.
func TestInterruptAtOnce(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	p := h.begin("start", "gluster:1", "--progress", "plain")
	p.await("started a server")
	p.signal(os.Interrupt)
	h.undone(t, p.end())
}

// A second Ctrl-C leaves at once; the server undoes all the same.
func TestInterruptTwice(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	p := h.begin("start", "gluster:3", "--progress", "plain")
	p.await("gluster0     started")
	p.signal(os.Interrupt)
	p.await("interrupted, undoing")
	p.signal(os.Interrupt)
	if r := p.end(); r.code != 130 {
		t.Errorf("want exit code 130, got %s", r)
	}
	eventually(t, undoTime, "the server has undone the start", func() bool { return len(h.stacks()) == 0 })
	h.nothingMade()
}
