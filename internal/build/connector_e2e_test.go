//go:build e2e

package build

import (
	"context"
	"strings"
	"testing"

	"github.com/ferry-project/ferry"
	recipes "github.com/ferry-project/ferry/images"
)

// A user's folder of the first Ferry's generation becomes a connector: its
// image says which client it is, and has what the folder added.
func TestConnectorOnDocker(t *testing.T) {
	e := dockerEngine(t)
	loaded, err := Load(recipes.FS)
	if err != nil {
		t.Fatal(err)
	}
	b := &Builder{
		Engine: e, Recipes: loaded, Home: t.TempDir(), Host: realHost(t), Version: "e2e",
		Clients: map[string]string{"mpi-client": "mpi-client", "openmpi-client": "mpi-client"},
	}
	files := map[string]string{
		"Dockerfile":    "FROM ferry/openmpi-client\nNAME ferry-e2e/images\nCOPY run.sh /service/run.sh\nRUN chmod 755 /service/run.sh\n",
		".dockerignore": "secret\n", "run.sh": "#!/bin/sh\necho ran\n", "secret": "x",
	}
	t.Cleanup(func() { _ = e.RemoveImage(context.Background(), "ferry-e2e/images") })
	ref, err := b.BuildConnector(t.Context(), "unused", userTar(t, files), none)
	if err != nil || ref != "ferry-e2e/images" {
		t.Fatalf("got %q, %v\n%s", ref, err, outputOf(err))
	}
	labels, ok, err := e.HasImage(t.Context(), ref)
	if err != nil || !ok || labels[ferry.LabelClient] != "mpi-client" || labels[ferry.LabelFerry] != "e2e" {
		t.Errorf("labels %v, there %v, %v", labels, ok, err)
	}
	if got := output(t, e, node(t, e, ref), "/service/run.sh"); got != "ran\n" {
		t.Errorf("the script says %q", got)
	}
	files["Dockerfile"] += "RUN echo here is why; false\n"
	_, err = b.BuildConnector(t.Context(), "unused", userTar(t, files), none)
	e2 := wants(t, err, ferry.Failed)
	if e2.Message != "building ferry-e2e/images failed in step 4/5, RUN echo here is why; false" || !strings.Contains(e2.Output, "\nhere is why\n") {
		t.Errorf("said %q with\n%s", e2.Message, e2.Output)
	}
}
