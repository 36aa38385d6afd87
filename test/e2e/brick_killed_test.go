//go:build e2e

package e2e

import (
	"fmt"
	"regexp"
	"strconv"
	"testing"
	"time"
)

// writer writes files until it is told to stop, and says how many writes failed
// and what the longest time between the ends of two of them was.
const writer = `
mkdir -p /service/data/w
exec {never}<> <(:)
i=0 failed=0 longest=0 last=${EPOCHREALTIME/./}
until [[ -e /tmp/enough ]] || ((SECONDS > 240)); do
  seq $i $((i + 2000)) >/service/data/w/$i || ((failed += 1))
  now=${EPOCHREALTIME/./}
  ((now - last > longest)) && longest=$((now - last))
  last=$now
  ((i += 1))
  read -r -t 0.02 -u $never || true
done
echo "$i files, $failed failed, longest gap $longest us"`

// reader compares N files of the writer's with what they must be.
const reader = `
cd "$1"
[[ $(ls | wc -l) == "$2" ]] || { echo "$(ls | wc -l) files, want $2"; exit 1; }
for ((i = 0; i < $2; i++)); do seq $i $((i + 2000)) | cmp - $i; done`

var written = regexp.MustCompile(`^(\d+) files, (\d+) failed, longest gap (\d+) us\n$`)

// A node is lost while a client writes: nobody notices, the node comes back by
// itself, and has everything afterwards. First any node, then the one that formed
// the volume and that clients name.
func TestKilledBrick(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	id := h.start("gluster:3")
	h.checkVolume(id, 3)
	h.canHeal(id)
	w := h.begin("exec", "-i=false", id, "--", "bash", "-ec", writer)
	for _, node := range []string{"gluster1", "gluster0"} {
		h.writes(id, 20)
		before := h.startedAt(id, node)
		h.mustDocker("kill", container(id, node))
		eventually(t, 3*time.Minute, node+" is started again", func() bool { return h.startedAt(id, node) != before })
		h.comesUp(id)
		h.writes(id, 20)
		h.heals(id, 3)
	}
	h.sh(id, "mpi-client0", "touch /tmp/enough")
	r := w.end()
	said := written.FindStringSubmatch(r.out)
	if r.code != 0 || said == nil || said[2] != "0" {
		t.Fatalf("writing while bricks were killed: %s", r)
	}
	t.Log(said[0])
	if longest, _ := strconv.Atoi(said[3]); longest > 10_000_000 {
		t.Errorf("a write took %d µs, although two of three bricks were there", longest)
	}
	h.heals(id, 3)
	h.must("exec", "-i=false", id, "--", "bash", "-ec", reader, "reader", "/service/data/w", said[1])
	for i := range 3 {
		h.must("exec", "-i=false", id, fmt.Sprintf("gluster%d", i), "--", "bash", "-ec", reader, "reader", h.brick(id)+"/w", said[1])
	}
}

// writes waits until the writer has written so many files more.
func (h *home) writes(id string, more int) {
	h.t.Helper()
	count := func() int {
		n, _ := strconv.Atoi(h.run("exec", "-i=false", id, "--", "sh", "-c", "printf %s $(ls /service/data/w | wc -l)").out)
		return n
	}
	begin := count()
	eventually(h.t, 3*time.Minute, "the writer goes on", func() bool { return count() >= begin+more })
}

// startedAt tells one life of a node from the next.
func (h *home) startedAt(id, node string) string {
	h.t.Helper()
	at, err := h.docker("inspect", "-f", "{{.Id}} {{.State.StartedAt}}", container(id, node))
	if err != nil {
		return "" // between its removal and its making
	}
	return at
}
