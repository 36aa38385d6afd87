//go:build e2e

package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/server"
)

// records are commands of a client: numbered records are written, and each that was
// acknowledged is noted in /tmp/records; those in /tmp/before are looked for; a record of
// a stack's own is written, its number being in N, and such records are listed.
type records struct{ write, read, check, own, seen string }

// filed are records in a file system.
func (h *home) filed(id, where string) records {
	h.t.Helper()
	program, err := os.ReadFile(filepath.Join("testdata", "snapshot", "records.py"))
	if err != nil {
		h.t.Fatal(err)
	}
	if r := h.runContext(h.t.Context(), program, "exec", id, "--", "sh", "-c", "cat >/tmp/records.py"); r.code != 0 {
		h.t.Fatalf("%s", r)
	}
	does := func(what string) string { return "python3 /tmp/records.py " + what + " " + where + " " }
	return records{does("write"), does("read"), does("check"), does("own") + "$N", does("seen") + "| sed 's/own-//g'"}
}

// branch saves a stack while a client writes, and starts another from the snapshot, which
// must hold all that was acknowledged before the command began. From then on the two go
// their own ways.
func (h *home) branch(id string, r records) (snapshot, branch string) {
	h.t.Helper()
	writer := h.begin("exec", "-i=false", id, "--", "bash", "-ec", r.write)
	noted := func(id string) int {
		n, _ := strconv.Atoi(h.sh(id, "", "cat /tmp/records 2>/dev/null | wc -l"))
		return n
	}
	eventually(h.t, 3*time.Minute, "records are written", func() bool { return noted(id) > 20 })
	h.sh(id, "", "cp /tmp/records /tmp/before")
	snapshot = h.must("snapshot", id, "--progress", "plain", "--note", "while a client writes")
	during := noted(id)
	eventually(h.t, 3*time.Minute, "the client goes on", func() bool { return noted(id) > during })
	h.sh(id, "", "touch /tmp/enough")
	if end := writer.end(); end.code != 0 {
		h.t.Errorf("the client: %s", end)
	} else {
		h.t.Logf("the client: %s", end.out)
	}
	h.stoodStill(id, snapshot)
	branch = h.start(snapshot)
	h.t.Logf("the branch: %s", h.sh(branch, "", r.check))
	h.sh(branch, "", "N=1; "+r.own)
	h.sh(id, "", "N=2; "+r.own)
	for stack, want := range map[string]string{branch: "1", id: "2"} {
		if got := h.sh(stack, "", r.seen); got != want {
			h.t.Errorf("of the records 1 of the branch and 2 of the other stack, %s has %q", stack, got)
		}
	}
	return snapshot, branch
}

// stoodStill demands that a stack stood still for a moment only.
func (h *home) stoodStill(id, snapshot string) {
	h.t.Helper()
	var all []ferry.Snapshot
	if err := json.Unmarshal([]byte(h.must("snapshots", "-o", "json")), &all); err != nil {
		h.t.Fatal(err)
	}
	for _, n := range all {
		if n.ID != snapshot {
			continue
		}
		h.t.Logf("%s of %s, %d MB, for which it stood still %s", n.ID, n.Stack, n.Bytes()>>20, n.Still)
		if n.Stack != id || n.Still <= 0 || n.Still > 10*time.Second {
			h.t.Errorf("the snapshot is of %s, which stood still for %s", n.Stack, n.Still)
		}
		return
	}
	h.t.Errorf("%s is not among %v", snapshot, all)
}

// needed demands that a snapshot is not removed while a stack needs it, and that it is said which.
func (h *home) needed(snapshot, by string) {
	h.t.Helper()
	if r := h.run("rm", "--yes", snapshot); r.code == 0 || !strings.Contains(r.err, by) {
		h.t.Errorf("rm %s, which %s needs: %s", snapshot, by, r)
	}
}

// dropBranch removes a branch, then its snapshot, of which nothing is left.
func (h *home) dropBranch(snapshot, branch string) {
	h.t.Helper()
	h.needed(snapshot, branch)
	h.must("rm", "--force", "--yes", branch)
	h.must("rm", "--yes", snapshot)
	h.noSnapshots()
}

// noSnapshots demands that nothing of a snapshot is left.
func (h *home) noSnapshots() {
	h.t.Helper()
	if left := h.must("snapshots", "-q"); left != "" {
		h.t.Errorf("snapshots are left: %s", left)
	}
	volumes := h.mustDocker("volume", "ls", "-q", "--filter", "label="+ferry.LabelHome+"="+server.Label(h.dir), "--filter", "label="+ferry.LabelSnapshot)
	images := h.mustDocker("image", "ls", "-q", "--filter", "label="+ferry.LabelHome+"="+server.Label(h.dir), "ferry/snapshot")
	if volumes != "" || images != "" {
		h.t.Errorf("volumes and images of snapshots are left: %q, %q", volumes, images)
	}
}

// revertsTo takes a stack back to a snapshot, after which it has no record of its own any
// more, and keeps what it held.
func (h *home) revertsTo(id, snapshot string, r records) {
	h.t.Helper()
	if got := h.must("revert", id, snapshot, "--progress", "plain"); got != id {
		h.t.Errorf("revert printed %q", got)
	}
	h.t.Logf("reverted: %s", h.sh(id, "", r.check))
	if got := h.sh(id, "", r.seen); got != "" {
		h.t.Errorf("after the revert it has the records %q", got)
	}
	h.needed(snapshot, id)
	if all := strings.Fields(h.must("snapshots", "-q")); len(all) != 2 {
		h.t.Errorf("what it held was not kept: snapshots %v", all)
	}
}
