//go:build e2e

package e2e

import (
	"context"
	_ "embed"
	"strings"
	"testing"
)

//go:embed testdata/attack.py
var attack []byte

// attacked runs the attack in nodes where jobs run or users get in, as the user and as
// root of the node. Nothing of it may work.
func (h *home) attacked(id string, nodes ...string) {
	h.t.Helper()
	for _, node := range nodes {
		for _, user := range []string{"ferry", "root"} {
			r := h.runContext(context.Background(), attack, "exec", "--user", user, id, node, "--", "python3", "-")
			if r.code != 0 || strings.Contains(r.out, "broken:") || !strings.Contains(r.out, "held ") {
				h.t.Errorf("%s of %s: %s", user, node, r)
				continue
			}
			h.t.Logf("%s of %s: %s", user, node, strings.TrimSpace(r.out))
		}
	}
}

// plant is what a job did to become root: it put links where root writes its logs, and
// ended the node, so that its next life would write through them.
const plant = `
cd /service/logs
mv sshd away 2>&1 || true
mkdir -p new && ln -sfn /etc/ld.so.preload new/current
ln -sfn /etc other
ln -sfn /etc mount.new
rm -rf /service/conf/ssh 2>&1 || true
ln -sfn /etc /home/ferry/.ssh 2>&1 || true
for i in 1 2 3 4 5 6; do pkill -KILL -f sshd_config || true; done
`

// TestNodeOutlivesItsJobs: a job that ends its own node and has prepared its next life
// changes nothing that is root's, and the one node that may mount lets nobody in.
func TestNodeOutlivesItsJobs(t *testing.T) {
	h := newHome(t)
	id := h.start("gluster:1+mpi:1")
	before := h.startedAt(id, "openmpi0")
	h.tryIn(id, "openmpi0", plant)
	h.mustDocker("restart", container(id, "openmpi0"))
	h.comesUp(id)
	if h.startedAt(id, "openmpi0") == before {
		t.Fatal("the node was not started again")
	}
	got := h.sh(id, "openmpi0", `ls -d /etc/ld.so.preload /etc/current /etc/lock 2>/dev/null || true; stat -c '%U %A %N' /service/logs/sshd /service/conf/ssh; stat -c '%U %a' /service/conf/ssh/id_ed25519`)
	if want := "root drwxr-xr-x '/service/logs/sshd'\nroot drwxr-xr-x '/service/conf/ssh'\nferry 600"; got != want {
		t.Errorf("after the next life:\n%s\nwant\n%s", got, want)
	}
	h.refused(t, 4, []string{"mount0 takes no commands"}, "exec", id, "mount0", "--", "true")
	h.refused(t, 4, []string{"mount0 takes no commands"}, "cp", h.file("x", "x"), id+"/mount0:/tmp/")
	h.attacked(id, "openmpi0")
}
