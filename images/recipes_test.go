package recipes_test

import (
	"bytes"
	"io/fs"
	"path"
	"regexp"
	"strings"
	"testing"

	recipes "github.com/ferry-project/ferry/images"
	"github.com/ferry-project/ferry/internal/build"
)

func TestRecipesLoad(t *testing.T) {
	loaded, err := build.Load(recipes.FS)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"base", "gluster", "openmpi", "mpi-client", "java", "maven", "pip"} {
		if _, ok := loaded.Ref(name); !ok {
			t.Errorf("there is no recipe %s", name)
		}
	}
	for _, builder := range []string{"maven", "pip"} {
		if _, shipped := loaded.Refs()[builder]; shipped {
			t.Errorf("%s is no builder: nodes could be made of it", builder)
		}
	}
}

// What the classic builder does not know fails only when it is built, minutes later.
func TestDockerfilesForTheClassicBuilder(t *testing.T) {
	unknown := regexp.MustCompile(`(?m)^(RUN --|COPY --(chmod|link|parents)|(RUN|COPY) <<|# syntax=)`)
	each(t, func(p string, data []byte) {
		if path.Base(p) != "Dockerfile" {
			return
		}
		if m := unknown.Find(data); m != nil {
			t.Errorf("%s: the classic builder has no %q", p, m)
		}
	})
}

// Files lose their modes when they are embedded: what is run must begin with #!.
func TestScriptsAreExecutable(t *testing.T) {
	each(t, func(p string, data []byte) {
		if strings.Contains(p, "/usr/lib/ferry/") && path.Ext(p) == "" && !bytes.HasPrefix(data, []byte("#!")) {
			t.Errorf("%s does not begin with #!, so it will not be executable", p)
		}
	})
}

func TestBothBuildersLockAlike(t *testing.T) {
	var locks [][]byte
	each(t, func(p string, data []byte) {
		if path.Base(p) == "ferry-lock" {
			locks = append(locks, data)
		}
	})
	if len(locks) != 2 || !bytes.Equal(locks[0], locks[1]) {
		t.Error("the two copies of ferry-lock differ")
	}
}

func each(t *testing.T, do func(p string, data []byte)) {
	t.Helper()
	err := fs.WalkDir(recipes.FS, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(recipes.FS, p)
		do(p, data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
