//go:build e2e

package e2e

import (
	"archive/zip"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/ferry-project/ferry/internal/secret"
	"github.com/ferry-project/ferry/internal/state"
)

// bundleOf packs a stack and demands that there is something of all kinds in it, and no
// line of any of its secrets.
func (h *home) bundleOf(id string) {
	h.t.Helper()
	z, err := zip.OpenReader(filepath.Join(h.work(), h.must("bundle", id)))
	if err != nil {
		h.t.Fatal(err)
	}
	defer z.Close()
	lines := h.secretLines(id)
	kinds := map[string]int{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			h.t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			h.t.Fatal(err)
		}
		for _, l := range lines {
			if strings.Contains(string(text), l) {
				h.t.Errorf("%s holds a secret", f.Name)
			}
		}
		kind, _, _ := strings.Cut(strings.TrimPrefix(f.Name, "ferry-"+id+"/"), "/")
		kinds[kind] += len(text)
	}
	for _, kind := range []string{"about.txt", "stack.json", "plan.json", "events.jsonl", "files", "logs"} {
		if kinds[kind] == 0 {
			h.t.Errorf("the bundle has no %s: %v", kind, kinds)
		}
	}
}

// secretLines are what nobody but the stack may know.
func (h *home) secretLines(id string) (lines []string) {
	h.t.Helper()
	s, err := state.Open(filepath.Join(h.dir, "ferry.db"), time.Now)
	if err != nil {
		h.t.Fatal(err)
	}
	defer s.Close()
	rec, err := s.Find(h.t.Context(), id)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, parts := range rec.Secrets {
		for part, value := range parts {
			for l := range strings.Lines(value) {
				if l = strings.TrimSpace(l); part != secret.Public && l != "" && !strings.HasPrefix(l, "-----") {
					lines = append(lines, l)
				}
			}
		}
	}
	if len(lines) == 0 {
		h.t.Error("the stack has no secrets")
	}
	return lines
}
