//go:build e2e

package e2e

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Two people start a stack at the same moment, on a machine on which no server
// runs yet. The stacks know nothing of each other. One of them is on a private
// network: it does all the other does, and no other user of the machine reaches it.
func TestSideBySide(t *testing.T) {
	h := newHome(t)
	first := h.begin("start", "openmpi", "--progress", "plain", "--name", "left")
	second := h.begin("start", "openmpi", "--progress", "plain", "--name", "right", "--set", "network.private=true")
	var ids []string
	for _, p := range []*process{first, second} {
		r := p.end()
		if r.code != 0 {
			t.Fatalf("start: %s", r)
		}
		ids = append(ids, strings.TrimSpace(r.out))
	}
	h.started = ids
	h.checkKeys(ids)
	if !h.otherUserReaches(ids[0]) {
		t.Error("another user does not reach the nodes of an ordinary network: the next check shows nothing")
	}
	if h.otherUserReaches(ids[1]) {
		t.Error("another user reaches the nodes of a private network")
	}
	for _, id := range ids {
		h.compute(id)
	}
	h.must("rm", "--force", "--yes", "left")
	h.compute(ids[1])
}

// checkKeys: what opens one stack must not open the other.
func (h *home) checkKeys(ids []string) {
	h.t.Helper()
	for _, file := range []string{"/service/conf/ssh/id_ed25519", "/service/conf/ssh/host_key"} {
		var keys []string
		for _, id := range ids {
			keys = append(keys, h.sh(id, "openmpi0", "cat "+file))
		}
		if keys[0] == keys[1] || !strings.Contains(keys[0], "PRIVATE KEY") {
			h.t.Errorf("%s is the same in both stacks, or no key", file)
		}
	}
	for _, id := range ids {
		plan := h.must("inspect", id, "-o", "yaml")
		if strings.Contains(plan, "PRIVATE KEY") {
			h.t.Error("inspect shows a private key")
		}
	}
}

// compute runs the examples as the user who logs in.
func (h *home) compute(id string) {
	h.t.Helper()
	out := h.sh(id, "", `cd /service/data; id -un
		for p in ring mpiio; do mpicc -O2 -o $p /service/examples/$p.c; done
		mpirun -np 4 --map-by node ./ring
		mpirun -np 4 --map-by node ./mpiio /service/data/numbers 65536
		mpirun -np 4 --map-by node id -un
		stat -c %U:%s numbers`)
	want := `ferry
the token came back as 4
4 ranks wrote and read 2097152 bytes, 0 numbers wrong
ferry
ferry
ferry
ferry
ferry:2097152`
	if out != want {
		h.t.Errorf("the examples printed:\n%s\nwant:\n%s", out, want)
	}
}

// otherUserReaches reports whether another user of this machine is greeted by the
// sshd of a node. That a connection stands says little: whoever is in the way out of
// a machine may answer for every address.
func (h *home) otherUserReaches(id string) bool {
	h.t.Helper()
	address := h.mustDocker("inspect", "-f", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", container(id, "openmpi0"))
	c := exec.CommandContext(h.t.Context(), "bash", "-c", `exec 3<>"/dev/tcp/$0/2222" && read -r -t 3 hello <&3 && echo "$hello"`, address)
	c.Dir = "/"
	if os.Getuid() == 0 {
		c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	timer := time.AfterFunc(5*time.Second, func() { _ = c.Cancel() })
	defer timer.Stop()
	out, _ := c.CombinedOutput()
	return strings.Contains(string(out), "SSH-2.0")
}
