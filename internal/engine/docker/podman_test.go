package docker

import (
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ferry-project/ferry/internal/engine"
)

// What Podman answers in Docker's API differs in words; what is read of it does not. The
// answers are those of Podman 5.4.2, as far as they are read.
func TestPodman(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "s")
	filled := false
	serve(t, socket, "1.41", func(w http.ResponseWriter, r *http.Request) {
		switch path := r.URL.Path; {
		case strings.HasSuffix(path, "/version"):
			_, _ = io.WriteString(w, `{"Version":"5.4.2","Components":[{"Name":"Podman Engine","Version":"5.4.2"}]}`)
		case strings.HasSuffix(path, "/images/json"):
			_, _ = io.WriteString(w, `[{"Id":"1","RepoTags":["docker.io/ferry/base:1","localhost/ferry/hadoop:2","docker.io/library/debian:12"]}]`)
		case strings.HasSuffix(path, "/containers/create"):
			w.WriteHeader(http.StatusInternalServerError)
			_, _ = io.WriteString(w, `{"message":"creating container storage: the container name \"n\" is already in use by 12: that name is already in use"}`)
		case strings.HasSuffix(path, "/containers/n/json"):
			_, _ = io.WriteString(w, `{"Name":"/n","Config":{"Image":"docker.io/ferry/base:1","Labels":{"ferry.stack":"sa-1"}},"State":{"Status":"created"}}`)
		case strings.HasSuffix(path, "/archive"):
			filled = true
		default:
			info(w, r)
		}
	})
	e := newEngine(t, "unix://"+socket)
	if i, err := e.Info(t.Context()); err != nil || i.Facts.Product != "Podman" {
		t.Errorf("%+v, %v", i, err)
	}
	all, err := e.ListImages(t.Context(), "")
	if err != nil || len(all) != 1 {
		t.Fatalf("%+v, %v", all, err)
	}
	if d := cmp.Diff([]string{"ferry/base:1", "ferry/hadoop:2", "docker.io/library/debian:12"}, all[0].Refs); d != "" {
		t.Error(d)
	}
	// A node that was made and not filled, as its server was killed, is filled by the next one.
	s := engine.Spec{Name: "n", Image: "ferry/base:1", Labels: map[string]string{"ferry.stack": "sa-1"}, Files: []byte("tar")}
	if err := e.CreateNode(t.Context(), s); err != nil || !filled {
		t.Errorf("filled: %v, %v", filled, err)
	}
}
