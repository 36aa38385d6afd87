package archive

import (
	"archive/tar"
	"bytes"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// list gives every file below dir as "mode name content".
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
	if err != nil {
		t.Fatal(err)
	}
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
	r := Stream(tree(t), "job")
	defer r.Close()
	must(t, Unpack(r, dst, ""))
	want := []string{
		"drwxr-xr-x job",
		"drwxr-xr-x job/bin",
		"-rwxr-xr-x job/bin/run.sh #!",
		"Lrwxrwxrwx job/run -> bin/run.sh",
		"-rw------- job/secret s",
	}
	if diff := cmp.Diff(want, list(t, dst)); diff != "" {
		t.Error(diff)
	}
}

func TestPackForgetsTheOwner(t *testing.T) {
	var b bytes.Buffer
	must(t, Pack(&b, tree(t), "."))
	tr := tar.NewReader(&b)
	var names []string
	for {
		h, err := tr.Next()
		if err == io.EOF {
			break
		}
		must(t, err)
		if h.Uid != 0 || h.Gid != 0 || h.Uname != "" {
			t.Errorf("%s belongs to %d:%d %q", h.Name, h.Uid, h.Gid, h.Uname)
		}
		names = append(names, h.Name)
	}
	if diff := cmp.Diff([]string{"./", "bin/", "bin/run.sh", "run", "secret"}, names); diff != "" {
		t.Error(diff)
	}
}

func TestPackTellsWhatIsMissing(t *testing.T) {
	err := Pack(io.Discard, filepath.Join(t.TempDir(), "nothing"), "x")
	if err == nil || !strings.Contains(err.Error(), "nothing") {
		t.Errorf("got %v", err)
	}
}

// entries makes a tar of headers; regular files hold "x".
func entries(t *testing.T, heads ...tar.Header) io.Reader {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range heads {
		if h.Typeflag == tar.TypeReg {
			h.Size = 1
		}
		must(t, w.WriteHeader(&h))
		if h.Typeflag == tar.TypeReg {
			_, err := w.Write([]byte("x"))
			must(t, err)
		}
	}
	must(t, w.Close())
	return &b
}

func TestUnpackRenamesTheFirstEntry(t *testing.T) {
	for name, c := range map[string]struct {
		heads []tar.Header
		want  []string
	}{
		"file": {
			[]tar.Header{{Name: "a.log", Typeflag: tar.TypeReg, Mode: 0o640}},
			[]string{"-rw-r----- new x"},
		},
		"folder": {
			[]tar.Header{
				{Name: "logs/", Typeflag: tar.TypeDir, Mode: 0o555},
				{Name: "logs/a", Typeflag: tar.TypeReg, Mode: 0o644},
				{Name: "logs/b", Typeflag: tar.TypeLink, Linkname: "logs/a"},
			},
			[]string{"dr-xr-xr-x new", "-rw-r--r-- new/a x", "-rw-r--r-- new/b x"},
		},
		"content of a folder": {
			[]tar.Header{{Name: "./", Typeflag: tar.TypeDir, Mode: 0o755}, {Name: "./a", Typeflag: tar.TypeReg, Mode: 0o644}},
			[]string{"drwxr-xr-x new", "-rw-r--r-- new/a x"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			dst := t.TempDir()
			must(t, Unpack(entries(t, c.heads...), dst, "new"))
			if diff := cmp.Diff(c.want, list(t, dst)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestUnpackStaysInside(t *testing.T) {
	for name, heads := range map[string][]tar.Header{
		"dots":     {{Name: "../../evil", Typeflag: tar.TypeReg, Mode: 0o644}},
		"absolute": {{Name: "/evil", Typeflag: tar.TypeReg, Mode: 0o644}},
		"link": {
			{Name: "out", Typeflag: tar.TypeSymlink, Linkname: "../.."},
			{Name: "out/evil", Typeflag: tar.TypeReg, Mode: 0o644},
		},
	} {
		t.Run(name, func(t *testing.T) {
			top := t.TempDir()
			dst := filepath.Join(top, "a", "b")
			must(t, os.MkdirAll(dst, 0o755))
			err := Unpack(entries(t, heads...), dst, "")
			if _, stat := os.Lstat(filepath.Join(top, "evil")); stat == nil {
				t.Error("a file was written outside the folder")
			}
			if name == "link" && err == nil {
				t.Error("writing through a link out of the folder succeeded")
			}
		})
	}
}

func TestUnpackReplacesFiles(t *testing.T) {
	dst := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dst, "keep"), []byte("keep"), 0o644))
	must(t, os.Symlink("keep", filepath.Join(dst, "a")))
	must(t, Unpack(entries(t, tar.Header{Name: "a", Typeflag: tar.TypeReg, Mode: 0o600}), dst, ""))
	if diff := cmp.Diff([]string{"-rw------- a x", "-rw-r--r-- keep keep"}, list(t, dst)); diff != "" {
		t.Error(diff)
	}
}

func TestUnpackTellsOfABrokenTar(t *testing.T) {
	err := Unpack(strings.NewReader(strings.Repeat("no tar ", 200)), t.TempDir(), "")
	if err == nil || !strings.Contains(err.Error(), "unpack") {
		t.Errorf("got %v", err)
	}
}
