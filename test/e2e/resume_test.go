//go:build e2e

package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ferry-project/ferry"
)

// A stack that was stopped is the same stack when it is started again: data,
// names, addresses and ids; also when a container got lost meanwhile.
func TestStopAndResume(t *testing.T) {
	h := newHome(t)
	id := h.start("openmpi", "--name", "lab")
	sums := h.sh(id, "", `for i in 1 2 3; do head -c 300000 /dev/urandom >/service/data/$i; done
		head -c 5000 /dev/urandom >~/notes; cd /service/data; md5sum 1 2 3 ~/notes`)
	was := h.identity(id)
	made := h.containerIDs(id)

	h.stopAndStart(id, nil)
	h.checkSame(id, was, sums)
	if diff := cmp.Diff(made, h.containerIDs(id)); diff != "" {
		t.Errorf("containers were made anew (-before +after):\n%s", diff)
	}

	home := h.sh(id, "", "stat -c '%U:%G %a' ~ ~/.bashrc ~/notes")
	h.stopAndStart("lab", []string{"gluster1", "openmpi1", "control-0"})
	h.checkSame(id, was, sums)
	if now := h.sh(id, "", "stat -c '%U:%G %a' ~ ~/.bashrc ~/notes"); now != home || !strings.HasPrefix(home, "ferry:ferry 755") {
		t.Errorf("the home's files had owners and modes\n%s\nand have\n%s", home, now)
	}

	h.mustDocker("rm", "-f", container(id, "gluster0"))
	before := h.startedAt(id, "gluster0")
	eventually(t, 3*time.Minute, "the lost node is made anew", func() bool { return h.startedAt(id, "gluster0") != before })
	h.comesUp(id)
	h.checkSame(id, was, sums)
	h.loseHome(id)
}

// loseHome has the client's home go with its volume: the stack comes up all the
// same, and says so.
func (h *home) loseHome(id string) {
	h.t.Helper()
	h.must("stop", id)
	h.mustDocker("rm", container(id, "control-0"))
	h.mustDocker("volume", "rm", container(id, "control-0")+"-home")
	r := h.run("start", id, "--progress", "plain")
	if r.code != 0 || !strings.Contains(r.err, "control-0:/home/ferry was on a volume that is gone") {
		h.t.Errorf("start without the home: %s", r)
	}
	if got := h.sh(id, "", "ls -A ~ | grep -c bashrc; ls ~; stat -c %U ~; md5sum </service/data/1 | wc -l"); got != "1\nferry\n1" {
		h.t.Errorf("the new home: %q", got)
	}
}

// stopAndStart loses some containers, but no volume, in between.
func (h *home) stopAndStart(ref string, lose []string) {
	h.t.Helper()
	id := h.must("stop", ref)
	if got := h.status(id); got != ferry.Stopped {
		h.t.Errorf("after stop it is %s", got)
	}
	if out := h.mustDocker("ps", "-q", "--filter", "label="+ferry.LabelStack+"="+id); out != "" {
		h.t.Errorf("after stop containers run: %s", out)
	}
	if out := h.must("ps"); strings.Contains(out, id) {
		h.t.Errorf("ps without -a lists a stopped stack:\n%s", out)
	}
	for _, node := range lose {
		h.mustDocker("rm", container(id, node))
	}
	if got := h.must("start", ref, "--progress", "plain"); got != id {
		h.t.Errorf("start %s printed %q, want %s", ref, got, id)
	}
}

// checkSame demands the stack as it was, and that it works.
func (h *home) checkSame(id string, was []string, sums string) {
	h.t.Helper()
	if got := h.status(id); got != ferry.Running {
		h.t.Errorf("the stack is %s", got)
	}
	if diff := cmp.Diff(was, h.identity(id)); diff != "" {
		h.t.Errorf("names, ids or addresses have changed (-before +after):\n%s", diff)
	}
	if got := h.sh(id, "", "cd /service/data; md5sum 1 2 3 ~/notes"); got != sums {
		h.t.Errorf("the files have changed, before:\n%s\nafter:\n%s", sums, got)
	}
	if got := h.must("exec", id, "--", "mpirun", "-np", "2", "--map-by", "node", "hostname"); !strings.Contains(got, "openmpi1") {
		h.t.Errorf("mpirun does not reach openmpi1:\n%s", got)
	}
}

// identity is what a stack is known by, in Ferry's words and in the engine's.
func (h *home) identity(id string) []string {
	h.t.Helper()
	var out []string
	for _, s := range h.inspect(id).Services {
		for _, n := range s.Nodes {
			engine := h.mustDocker("inspect", "-f", "{{.Name}} {{.Config.Hostname}} {{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", container(id, n.Name))
			out = append(out, fmt.Sprint(s.ID, " ", n.Name, " ", n.Address, ": ", engine))
		}
	}
	return out
}

func (h *home) containerIDs(id string) []string {
	h.t.Helper()
	return strings.Fields(h.mustDocker("ps", "-q", "--no-trunc", "--filter", "label="+ferry.LabelStack+"="+id))
}
