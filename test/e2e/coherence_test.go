//go:build e2e

package e2e

import (
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// sharesWell demands that what one node does on the shared volume, every other one
// sees at once: files, programs, maps, locks, SQLite, MPI-IO.
func (h *home) sharesWell(id, rounds string, hosts ...string) {
	h.t.Helper()
	for _, f := range []string{"coherence.py", "strided.c"} {
		source, err := filepath.Abs(filepath.Join("testdata", f))
		if err != nil {
			h.t.Fatal(err)
		}
		h.must("cp", source, id+":/service/data/")
	}
	words := append([]string{"exec", id, "--", "python3", "/service/data/coherence.py", "lead", "/service/data/coherence", rounds}, hosts...)
	r := h.run(words...)
	if r.code != 0 || strings.Count(r.out, ": 0 wrong\n") < 12 {
		h.t.Errorf("the volume is not the same everywhere: %s", r)
	}
	h.must("exec", id, "--", "mpicc", "-o", "/service/data/strided", "/service/data/strided.c")
	for _, io := range []string{"ompio", "romio321"} {
		out := h.must("exec", id, "--", "mpirun", "-np", "4", "--map-by", "node", "--mca", "io", io, "/service/data/strided", "/service/data/strided.out")
		if out != "independent: 0 wrong\ncollective: 0 wrong" {
			h.t.Errorf("MPI-IO by %s:\n%s", io, out)
		}
	}
}

// TestMountComesBack: what mounts the volume for all may die, as a process and as a
// node; files are there again, and so is what was locked and written before.
func TestMountComesBack(t *testing.T) {
	h := newHome(t)
	id := h.start("openmpi")
	h.sharesWell(id, "200", "openmpi0", "openmpi1")
	h.sh(id, "openmpi1", "echo kept >/service/data/kept")
	for _, kill := range [][]string{
		{"exec", container(id, "mount0"), "pkill", "-KILL", "glusterfs"},
		{"kill", container(id, "mount0")},
		{"rm", "-f", container(id, "mount0")},
	} {
		h.mustDocker(kill...)
		took := eventually(t, 3*time.Minute, "every node has the volume again after docker "+kill[0], func() bool {
			for _, n := range []string{"openmpi0", "openmpi1", "control-0"} {
				if h.tryIn(id, n, "cat /service/data/kept; grep -c fuse.glusterfs /proc/mounts") != "kept\n1" {
					return false
				}
			}
			return true
		})
		t.Logf("docker %s: back after %s", kill[0], took)
		h.comesUp(id)
	}
	h.must("exec", id, "--", "mpirun", "-np", "2", "/service/data/strided", "/service/data/strided.out")
}
