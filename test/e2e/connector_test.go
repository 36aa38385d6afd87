//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A user's own connector: a folder with a Dockerfile on one of Ferry's clients.
func TestOwnConnector(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	image := fmt.Sprintf("ferry-e2e/solver-%d", os.Getpid())
	h.file("solver/Dockerfile", "FROM ferry/mpi-client\nNAME "+image+"\nCOPY hook /service/runscripts/start/50-own\n"+
		"RUN echo 'made by the user' >/service/solver && chown ferry /service/solver"+
		" && install -o ferry -m 640 /service/solver /home/ferry/welcome\n")
	h.file("solver/hook", "#!/bin/bash\nid -un >/service/data/hook\n")
	h.file("app.yaml", "backend:\n  - storage:\n      personality: gluster\n      instances: 1\n"+
		"connectors:\n  - personality: "+image+"\n    name: lab\n")
	t.Cleanup(func() { h.must("images", "rm", "--yes", image+":latest") })

	id := h.start("app.yaml", "-b", "solver")
	got := h.sh(id, "lab", "cat /service/solver /service/data/hook; id -un; stat -c '%U %a' ~/welcome")
	if want := "made by the user\nferry\nferry\nferry 640"; got != want {
		t.Errorf("in the connector:\n%s\nwant:\n%s", got, want)
	}
	if out := h.must("images", "ls"); !strings.Contains(out, image) || !strings.Contains(out, id) {
		t.Errorf("images ls does not tell the image and who uses it:\n%s", out)
	}
	h.refused(t, 4, []string{image, id}, "images", "rm", "--yes", image)
	h.must("rm", "--force", "--yes", id)

	h.file("broken/Dockerfile", "FROM ferry/mpi-client\nRUN echo no such luck; exit 3\n")
	h.refused(t, 1, []string{"no such luck"}, "start", "app.yaml", "-b", "broken")
	h.file("foreign/Dockerfile", "FROM debian:bookworm\n")
	h.refused(t, 2, []string{"debian:bookworm", "ferry/mpi-client"}, "start", "app.yaml", "-b", "foreign")
	h.file("taken/Dockerfile", "FROM ferry/mpi-client\nNAME library/debian:bookworm\n")
	h.refused(t, 2, []string{"library/debian:bookworm", "official image"}, "start", "app.yaml", "-b", "taken")
	foreign := fmt.Sprintf("ferry-e2e/foreign-%d", os.Getpid())
	h.mustDocker("import", filepath.Join(h.work(), h.file("empty.tar", strings.Repeat("\x00", 1024))), foreign)
	t.Cleanup(func() { h.mustDocker("rmi", foreign) })
	was := h.mustDocker("inspect", "-f", "{{.Id}}", foreign)
	h.file("taken/Dockerfile", "FROM ferry/mpi-client\nNAME "+foreign+"\n")
	h.refused(t, 2, []string{foreign, "none"}, "start", "app.yaml", "-b", "taken")
	if now := h.mustDocker("inspect", "-f", "{{.Id}}", foreign); now != was {
		t.Errorf("the foreign image %s is now %s", was, now)
	}
	h.nothingMade()
}
