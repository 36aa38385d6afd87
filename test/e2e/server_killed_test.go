//go:build e2e

package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/ferry-project/ferry"
)

const undoTime = time.Minute

// The server is killed at any moment of a job. Whoever watches goes on watching
// with the next server, which brings the job to its end.
func TestServerKilledAtWork(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	start := h.watched(t, []string{"network created", "gluster0     started", "form done"}, "start", "openmpi", "--progress", "plain")
	id := strings.TrimSpace(start.out)
	h.started = append(h.started, id)
	h.mustRun(t, id)
	h.sh(id, "", "echo precious >/service/data/file")
	h.bundleOf(id)

	h.watched(t, []string{"control-0", "stopped"}, "stop", id, "--progress", "plain")
	if got := h.status(id); got != ferry.Stopped {
		t.Errorf("after stop it is %s", got)
	}
	h.watched(t, []string{"operations", "openmpi0     started"}, "start", id, "--progress", "plain")
	h.mustRun(t, id)
	if got := h.sh(id, "", "cat /service/data/file"); got != "precious" {
		t.Errorf("the file has %q", got)
	}
	h.watched(t, []string{"operations", "removed"}, "rm", "--force", "--yes", id, "--progress", "plain")
	h.nothingMade()
}

// watched runs a command and kills the server whenever these words were said, in turn.
func (h *home) watched(t *testing.T, moments []string, args ...string) result {
	t.Helper()
	p := h.begin(args...)
	for i, m := range moments {
		if !p.says(m) {
			if i == 0 {
				t.Fatalf("%v ended without saying %q:\n%s", args, m, p.talk.all())
			}
			break // what was under way when the server was killed is not told
		}
		h.killServer()
	}
	r := p.end()
	if r.code != 0 {
		t.Fatalf("ferry %s, the server killed at %q: %s", strings.Join(args, " "), moments, r)
	}
	t.Logf("ferry %s\n%s", strings.Join(args, " "), r.err)
	return r
}

func (h *home) mustRun(t *testing.T, id string) {
	t.Helper()
	if got := h.status(id); got != ferry.Running {
		t.Errorf("the stack is %s", got)
	}
	if out := h.must("exec", id, "--", "mpirun", "-np", "2", "--map-by", "node", "hostname"); !strings.Contains(out, "openmpi1") {
		t.Errorf("mpirun says %q", out)
	}
}

// With nobody watching the next command is what brings the job to its end.
func TestServerKilledAlone(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	id := h.must("start", "gluster:3", "--detach")
	h.started = append(h.started, id)
	eventually(t, 3*time.Minute, "something runs", func() bool {
		return h.mustDocker("ps", "-q", "--filter", "label="+ferry.LabelStack+"="+id) != ""
	})
	h.killServer()
	if out := h.must("ps"); !strings.Contains(out, id) {
		t.Errorf("ps after the server's end does not list the stack:\n%s", out)
	}
	h.comesUp(id)
	h.must("exec", id, "--", "sh", "-c", "echo hello >/service/data/hello")

	h.must("stop", "--detach", id)
	h.killServer()
	eventually(t, 3*time.Minute, "it is stopped", func() bool { return h.status(id) == ferry.Stopped })
	h.must("rm", "--yes", "--detach", id)
	h.killServer()
	eventually(t, 3*time.Minute, "it is gone", func() bool { return h.status(id) == "" })
	h.nothingMade()
}
