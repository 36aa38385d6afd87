//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/server"
)

// close removes what the test has started and looks for what is left.
func (h *home) close() {
	if h.t.Failed() {
		h.keepEvidence()
	}
	for _, s := range h.stacks() {
		if !h.t.Failed() && !slices.Contains(h.started, s.ID) {
			h.t.Errorf("stack %s is there, which the test did not ask for", s.ID)
		}
		if r := h.run("rm", "--force", "--yes", s.ID); r.code != 0 {
			h.t.Errorf("ferry rm %s: %s", s.ID, r)
		}
	}
	h.rmSnapshots()
	h.run("quit")
	h.leftovers()
	if err := os.RemoveAll(h.root); err != nil {
		h.t.Error(err)
	}
}

// rmSnapshots removes what a failed test has left of them.
func (h *home) rmSnapshots() {
	ids := strings.Fields(h.run("snapshots", "-q").out)
	if len(ids) == 0 {
		return
	}
	if !h.t.Failed() {
		h.t.Errorf("snapshots %v are left", ids)
	}
	if r := h.run(append([]string{"rm", "--yes"}, ids...)...); r.code != 0 {
		h.t.Errorf("ferry rm: %s", r)
	}
}

// keepEvidence prints what a reader of a failed run wants to see.
func (h *home) keepEvidence() {
	commands := [][]string{{"ps", "-a"}, {"events", "-o", "json"}}
	for _, s := range h.stacks() {
		commands = append(commands, []string{"logs", s.ID, "--tail", "30"})
	}
	for _, args := range commands {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		r := h.runContext(ctx, nil, args...)
		cancel()
		h.t.Logf("$ ferry %s\n%s%s", strings.Join(args, " "), lastBytes(r.out), r.err)
	}
	h.t.Logf("server log:\n%s", lastBytes(h.serverLog()))
}

func (h *home) serverLog() string {
	log, _ := os.ReadFile(server.PathsOf(h.dir).Log) // none: no server was started
	return string(log)
}

func lastBytes(s string) string { return s[max(0, len(s)-12000):] }

// defect matches what the race detector and the runtime say of a defect.
var defect = regexp.MustCompile(`DATA RACE|panic:|fatal error:|level=ERROR`)

// leftovers fails the test for everything of this home that is still there.
func (h *home) leftovers() {
	h.engineLeftovers()
	var left []string
	for begin := time.Now(); time.Since(begin) < time.Minute; time.Sleep(50 * time.Millisecond) {
		if left = h.processes(); len(left) == 0 {
			break
		}
	}
	if len(left) > 0 {
		h.t.Errorf("processes are left: %s", strings.Join(left, ", "))
	}
	if files := listing(h.tmp()); len(files) > 0 {
		h.t.Errorf("left in the temporary folder: %v", files)
	}
	if files := listing(h.root); !slices.Equal(files, []string{"home", "tmp", "work"}) && !slices.Equal(files, []string{"tmp", "work"}) {
		h.t.Errorf("left beside FERRY_HOME: %v", files)
	}
	if at := defect.FindStringIndex(h.serverLog()); at != nil {
		h.t.Errorf("the server's log tells of a defect:\n%s", lastBytes(h.serverLog()[at[0]:]))
	}
}

func (h *home) engineLeftovers() {
	filter := "label=" + ferry.LabelHome + "=" + server.Label(h.dir)
	for _, what := range [][]string{
		{"ps", "-aq", "--filter", filter},
		{"volume", "ls", "-q", "--filter", filter},
		{"network", "ls", "-q", "--filter", filter},
		{"image", "ls", "-q", "--filter", filter},
	} {
		out, err := h.docker(what...)
		if err != nil || out != "" {
			h.t.Errorf("left behind (docker %s): %s %v", strings.Join(what, " "), out, err)
		}
	}
}

// nothingMade checks in the middle of a test that the engine has nothing of this home.
func (h *home) nothingMade() {
	h.t.Helper()
	h.engineLeftovers()
	if stacks := h.stacks(); len(stacks) > 0 {
		h.t.Errorf("%d stacks are recorded, the first is %s", len(stacks), stacks[0].ID)
	}
}

func listing(dir string) []string {
	entries, _ := os.ReadDir(dir)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// processes are those that were started with this home.
func (h *home) processes() []string {
	var found []string
	paths, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, p := range paths {
		env, _ := os.ReadFile(p) // gone in the meantime
		if slices.ContainsFunc(bytes.Split(env, []byte{0}), func(v []byte) bool { return string(v) == "FERRY_HOME="+h.dir }) {
			command, _ := os.ReadFile(filepath.Join(filepath.Dir(p), "cmdline"))
			found = append(found, filepath.Base(filepath.Dir(p))+" "+string(bytes.ReplaceAll(command, []byte{0}, []byte{' '})))
		}
	}
	return found
}
