//go:build e2e

package images_test

import (
	"log/slog"
	"testing"
	"time"

	recipes "github.com/ferry-project/ferry/images"
	"github.com/ferry-project/ferry/internal/engine/docker"
	"github.com/ferry-project/ferry/internal/images"
)

func TestRealRecipes(t *testing.T) {
	e, err := docker.New(docker.Options{Home: "e2e-images"})
	if err != nil {
		t.Fatal(err)
	}
	loaded, err := images.Load(recipes.FS)
	if err != nil {
		t.Fatal(err)
	}
	b := &images.Builder{
		Engine: e, Recipes: loaded, Home: t.TempDir(), Host: images.Host("/root", nil),
		Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	}
	for _, name := range []string{"base", "gluster", "openmpi", "mpi-client"} {
		begin := time.Now()
		if err := b.Ensure(t.Context(), name, func(line string) { t.Log(line) }); err != nil {
			t.Fatal(err)
		}
		t.Logf("TOOK %s %s", name, time.Since(begin))
	}
}
