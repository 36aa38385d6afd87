//go:build e2e

package e2e

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"
)

// Every number of bricks has the layout that is promised for it; 2 and 3 are
// looked at in the scenarios that kill their bricks.
func TestVolumes(t *testing.T) {
	h := newHome(t)
	for _, bricks := range []int{1, 6} {
		t.Run(fmt.Sprint(bricks), func(t *testing.T) {
			id := h.start(fmt.Sprintf("gluster:%d", bricks))
			h.checkVolume(id, bricks)
			h.must("rm", "--force", "--yes", id)
		})
	}
}

var layouts = map[int][]string{
	1: {"Type: Distribute", "Number of Bricks: 1"},
	2: {"Type: Replicate", "Number of Bricks: 1 x 2 = 2", "cluster.quorum-type: auto"},
	3: {"Type: Replicate", "Number of Bricks: 1 x 3 = 3", "cluster.quorum-type: auto"},
	6: {"Type: Distributed-Replicate", "Number of Bricks: 2 x 3 = 6", "cluster.quorum-type: auto"},
}

// checkVolume looks at a volume as a user of its client would, and at its bricks.
func (h *home) checkVolume(id string, bricks int) {
	h.t.Helper()
	info := h.sh(id, "gluster0", "gluster volume info")
	for _, want := range append(layouts[bricks], "Status: Started") {
		if !strings.Contains(info, want) {
			h.t.Errorf("%d bricks: no %q in\n%s", bricks, want, info)
		}
	}
	for i := range bricks {
		node := fmt.Sprintf("gluster%d", i)
		if !strings.Contains(info, fmt.Sprintf("Brick%d: %s:%s", i+1, node, h.brick(id))) {
			h.t.Errorf("brick %d is not on %s:\n%s", i+1, node, info)
		}
	}
	seen := h.sh(id, "mpi-client0", `cat /service/data/.meta/graphs/active/*-client-*/private | grep -c '^connected = 1$'`)
	if seen != fmt.Sprint(bricks) {
		h.t.Errorf("the client sees %s of %d bricks", seen, bricks)
	}
	h.checkWriting(id, bricks)
}

// checkWriting: the unprivileged user writes, reads, and every brick of a
// replica has the bytes.
func (h *home) checkWriting(id string, bricks int) {
	h.t.Helper()
	got := h.sh(id, "mpi-client0", `id -un; mkdir /service/data/dir
		head -c 1000000 /dev/urandom | tee /service/data/dir/file | md5sum
		md5sum </service/data/dir/file; stat -c %U:%G /service/data/dir/file`)
	lines := strings.Split(got, "\n")
	if len(lines) != 4 || lines[0] != "ferry" || lines[1] != lines[2] || lines[3] != "ferry:ferry" {
		h.t.Fatalf("what the user wrote is not what was read:\n%s", got)
	}
	copies := 0
	for i := range bricks {
		sum := h.sh(id, fmt.Sprintf("gluster%d", i), `f=`+h.brick(id)+`/dir/file; [[ ! -s $f ]] || md5sum <$f`)
		if sum == lines[1] {
			copies++
		} else if sum != "" {
			h.t.Errorf("gluster%d holds other bytes", i)
		}
	}
	if want := min(bricks, 3); copies != want {
		h.t.Errorf("%d bricks hold the file, want %d", copies, want)
	}
}

// volume is the name of the stack's volume, brick where its nodes keep it.
func (h *home) volume(id string) string {
	h.t.Helper()
	return h.sh(id, "mpi-client0", "echo $BACKEND_STORAGE_VOLUME")
}

func (h *home) brick(id string) string { return "/service/brick/" + h.volume(id) }

var pending = regexp.MustCompile(`Number of entries in (?:heal pending|split-brain): 0\n`)

// heals waits until no brick misses anything that another one has.
func (h *home) heals(id string, bricks int) {
	h.t.Helper()
	volume := h.volume(id)
	took := eventually(h.t, 3*time.Minute, "all is healed", func() bool {
		r := h.run("exec", id, "gluster0", "--", "gluster", "volume", "heal", volume, "info", "summary")
		return r.code == 0 && strings.Count(r.out, "Status: Connected") == bricks &&
			len(pending.FindAllString(r.out, -1)) == 2*bricks
	})
	h.t.Logf("healed within %s", took.Round(time.Millisecond))
}

// canHeal waits for the daemons that heal, which are not needed for a stack to be ready.
func (h *home) canHeal(id string) {
	h.t.Helper()
	volume := h.volume(id)
	eventually(h.t, 3*time.Minute, "the self-heal daemons run", func() bool {
		return h.run("exec", id, "gluster0", "--", "gluster", "volume", "heal", volume).code == 0
	})
}
