//go:build e2e

package e2e

import (
	"strings"
	"testing"

	"github.com/ferry-project/ferry"
)

// What the README promises: one command, and an MPI program runs on a shared
// file system.
func TestMainJob(t *testing.T) {
	h := newHome(t)
	id := h.start("openmpi")
	if !strings.HasPrefix(id, "sa-") || len(id) != len("sa-3f9c01ab") {
		t.Fatalf("start printed %q, want an id alone", id)
	}
	if got := h.status(id); got != ferry.Running {
		t.Fatalf("the stack is %s", got)
	}
	h.must("exec", id, "--", "mpicc", "-o", "/service/data/hello", "/service/examples/hello.c")
	out := h.must("exec", id, "--", "mpirun", "-np", "4", "/service/data/hello")
	for _, want := range []string{"openmpi0", "openmpi1", "of 4"} {
		if !strings.Contains(out, want) {
			t.Errorf("mpirun printed no %q:\n%s", want, out)
		}
	}
	if n := len(strings.Split(out, "\n")); n != 4 {
		t.Errorf("mpirun printed %d lines, want one a rank:\n%s", n, out)
	}
	if who := h.must("exec", id, "--", "id", "-un"); who != "ferry" {
		t.Errorf("jobs run as %s, want the unprivileged user ferry", who)
	}
	if v := h.must("exec", id, "--", "sh", "-c", "echo $BACKEND_STORAGE_TYPE $BACKEND_COMPUTE_TYPE"); v != "gluster openmpi" {
		t.Errorf("BACKEND_ variables say %q", v)
	}
	h.must("test", id)
	h.attacked(id, "openmpi0", "control-0")
	h.goesBack(id)
	h.must("stop", id)
	h.must("rm", "--yes", id)
	h.must(append([]string{"rm", "--yes"}, strings.Fields(h.must("snapshots", "-q"))...)...)
	h.noSnapshots()
	if got := h.status(id); got != "" {
		t.Errorf("after rm the stack is %s", got)
	}
}

// goesBack saves the stack while files are written, starts another from that, and takes
// the stack back to it.
func (h *home) goesBack(id string) {
	h.t.Helper()
	r := h.filed(id, "/service/data/records")
	snapshot, branch := h.branch(id, r)
	h.needed(snapshot, branch)
	h.must("rm", "--force", "--yes", branch)
	h.revertsTo(id, snapshot, r)
	if out := h.must("exec", id, "--", "mpirun", "-np", "4", "/service/data/hello"); !strings.Contains(out, "openmpi1") {
		h.t.Errorf("after the revert mpirun printed\n%s", out)
	}
}
