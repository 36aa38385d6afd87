package archive

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// list returns every file below dir as "mode name content".
func list(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || p == dir {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(dir, p)
		line := info.Mode().String() + " " + rel
		switch {
		case info.Mode().IsRegular():
			data, _ := os.ReadFile(p)
			line += " " + string(data)
		case info.Mode().Type() == fs.ModeSymlink:
			to, _ := os.Readlink(p)
			line += " -> " + to
		}
		out = append(out, line)
		return nil
	})
	must(t, err)
	return out
}

func tree(t *testing.T) string {
	t.Helper()
	src := filepath.Join(t.TempDir(), "job")
	must(t, os.MkdirAll(filepath.Join(src, "bin"), 0o755))
	must(t, os.WriteFile(filepath.Join(src, "bin", "run.sh"), []byte("#!"), 0o755))
	must(t, os.WriteFile(filepath.Join(src, "secret"), []byte("s"), 0o600))
	must(t, os.Symlink("bin/run.sh", filepath.Join(src, "run")))
	return src
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestRoundTripKeepsModesAndLinks(t *testing.T) {
	dst := t.TempDir()
	r := Source{Path: tree(t), Name: "job"}.Stream()
	defer r.Close()
	left, err := Copy{Name: "job", Folder: dst, As: "job"}.Unpack(t.Context(), r)
	must(t, err)
	want := []string{
		"drwxr-xr-x job",
		"drwxr-xr-x job/bin",
		"-rwxr-xr-x job/bin/run.sh #!",
		"Lrwxrwxrwx job/run -> bin/run.sh",
		"-rw------- job/secret s",
	}
	if diff := cmp.Diff(want, list(t, dst)); diff != "" || len(left)+len(r.Left()) > 0 {
		t.Error(diff, left, r.Left())
	}
}

// heads returns the headers of a tar.
func heads(t *testing.T, r io.Reader) []*tar.Header {
	t.Helper()
	var all []*tar.Header
	for tr := tar.NewReader(r); ; {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		must(t, err)
		all = append(all, h)
	}
}

func TestPackForgetsTheOwnerAndWhoseRightsAProgramHas(t *testing.T) {
	var b bytes.Buffer
	src := tree(t)
	must(t, os.Chmod(filepath.Join(src, "secret"), 0o755|os.ModeSetuid|os.ModeSetgid))
	_, err := Source{Path: src, Name: "."}.Pack(&b)
	must(t, err)
	var names []string
	for _, h := range heads(t, &b) {
		if h.Uid != 0 || h.Gid != 0 || h.Uname != "" || h.Mode&^0o777 != 0 {
			t.Errorf("%s belongs to %d:%d %q, mode %o", h.Name, h.Uid, h.Gid, h.Uname, h.Mode)
		}
		names = append(names, h.Name)
	}
	if diff := cmp.Diff([]string{"./", "bin/", "bin/run.sh", "run", "secret"}, names); diff != "" {
		t.Error(diff)
	}
}

func TestPackNamesWhatItLeavesOut(t *testing.T) {
	src := tree(t)
	must(t, syscall.Mkfifo(filepath.Join(src, "fifo"), 0o600))
	l, err := net.Listen("unix", filepath.Join(src, "s"))
	must(t, err)
	defer l.Close()
	r := Source{Path: src, Name: "job"}.Stream()
	defer r.Close()
	if got := heads(t, r); len(got) != 5 {
		t.Errorf("%d entries", len(got))
	}
	if diff := cmp.Diff([]string{"job/fifo (a pipe)", "job/s (a socket)"}, r.Left()); diff != "" {
		t.Error(diff)
	}
}

func TestPackSkips(t *testing.T) {
	var b bytes.Buffer
	_, err := Source{Path: tree(t), Name: ".", Skip: func(name string, folder bool) (bool, error) {
		if name == "bin" && folder {
			return true, fs.SkipDir
		}
		return name == "secret" && !folder, nil
	}}.Pack(&b)
	must(t, err)
	if got := heads(t, &b); len(got) != 2 || got[1].Name != "run" {
		t.Errorf("got %v", got)
	}
	none := errors.New("no")
	_, err = Source{Path: tree(t), Name: ".", Skip: func(string, bool) (bool, error) { return false, none }}.Pack(io.Discard)
	if !errors.Is(err, none) {
		t.Errorf("got %v", err)
	}
}

func TestPackTellsWhatIsMissing(t *testing.T) {
	_, err := Source{Path: filepath.Join(t.TempDir(), "nothing"), Name: "x"}.Pack(io.Discard)
	if err == nil || !strings.Contains(err.Error(), "nothing") {
		t.Errorf("got %v", err)
	}
}
