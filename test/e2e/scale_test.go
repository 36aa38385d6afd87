//go:build e2e

package e2e

import (
	"strconv"
	"strings"
	"time"

	"github.com/ferry-project/ferry"
)

// scaled brings a service to one size after the other while a client writes numbered
// records and another reads them: none of either fails, and what was acknowledged is there.
func (h *home) scaled(id string, r records, sizes ...string) {
	h.t.Helper()
	h.sh(id, "", "rm -f /tmp/records /tmp/enough")
	clients := map[string]*process{
		"the writer": h.begin("exec", "-i=false", id, "--", "bash", "-ec", r.write),
		"the reader": h.begin("exec", "-i=false", id, "--", "bash", "-ec", r.read),
	}
	noted := func() int {
		n, _ := strconv.Atoi(h.sh(id, "", "cat /tmp/records 2>/dev/null | wc -l"))
		return n
	}
	goOn := func(what string) {
		h.t.Helper()
		n := noted()
		eventually(h.t, 3*time.Minute, "records are written "+what, func() bool { return noted() > n+20 })
	}
	goOn("at first")
	for _, size := range sizes {
		before := h.running(id)
		h.must("scale", "--progress", "plain", id, size)
		for node, began := range before {
			if is, stays := h.running(id)[node]; stays && is != began {
				h.t.Errorf("%s was started again for %s", node, size)
			}
		}
		goOn("after " + size)
	}
	h.sh(id, "", "touch /tmp/enough; cp /tmp/records /tmp/before")
	for name, p := range clients {
		if end := p.end(); end.code != 0 {
			h.t.Errorf("%s: %s", name, end)
		} else {
			h.t.Logf("%s: %s", name, end.out)
		}
	}
	h.t.Log(h.sh(id, "", r.check))
}

// running are the containers of a stack, and when each was started.
func (h *home) running(id string) map[string]string {
	h.t.Helper()
	all := map[string]string{}
	for name := range strings.FieldsSeq(h.mustDocker("ps", "--format", "{{.Names}}", "--filter", "label="+ferry.LabelStack+"="+id)) {
		all[name] = h.mustDocker("inspect", "--format", "{{.State.StartedAt}}", name)
	}
	return all
}
