package inside

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
)

// here runs the commands of nodes on this machine.
func here(ctx context.Context, _ string, x engine.Exec) (int, error) {
	c := exec.CommandContext(ctx, x.Command[0], x.Command[1:]...)
	c.Stdin, c.Stdout, c.Stderr, c.Dir = x.Stdin, x.Stdout, x.Stderr, x.Dir
	err := c.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode(), nil
	}
	return 0, err
}

func copying(t *testing.T) *Reach {
	r, e := reach(t)
	e.OnRun = here
	return r
}

func tarred(t *testing.T, heads ...tar.Header) io.Reader {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range heads {
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return &b
}

func TestCopyToKeepsTheFoldersThatAreThere(t *testing.T) {
	s := copying(t)
	dst := t.TempDir()
	if err := os.Chmod(dst, 0o700); err != nil {
		t.Fatal(err)
	}
	sent := tarred(t, tar.Header{Name: "./", Typeflag: tar.TypeDir, Mode: 0o777}, tar.Header{Name: "./su", Typeflag: tar.TypeReg, Mode: 0o6755})
	if err := s.CopyTo(t.Context(), id, "mpi-client0", dst, sent); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]os.FileMode{".": os.ModeDir | 0o700, "su": 0o755} {
		info, err := os.Stat(filepath.Join(dst, name))
		if err != nil || info.Mode() != want {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
}

func TestCopyToRefuses(t *testing.T) {
	s := copying(t)
	top := t.TempDir()
	if err := os.Symlink(t.TempDir(), filepath.Join(top, "link")); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(top, "taken", "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	real, err := filepath.EvalSymlinks(filepath.Join(top, "link"))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		node, dir string
		tar       io.Reader
		code      ferry.Code
		says      string
	}{
		"no folder":                   {"mpi-client0", "/no/such", tarred(t), ferry.NotFound, "has no folder /no/such"},
		"no folder, root":             {"gluster0", "/no/such", tarred(t), ferry.NotFound, "has no folder /no/such"},
		"no tar":                      {"mpi-client0", top, strings.NewReader(strings.Repeat("no tar ", 200)), ferry.Invalid, "is no whole tar"},
		"a tar cut short":             {"mpi-client0", top, io.LimitReader(tarred(t, tar.Header{Name: "f", Typeflag: tar.TypeReg, Mode: 0o600}), 300), ferry.Invalid, "is no whole tar"},
		"a file in place of a folder": {"mpi-client0", top, tarred(t, tar.Header{Name: "taken", Typeflag: tar.TypeReg, Mode: 0o600}), ferry.Conflict, "cannot take"},
		"a link as root":              {"gluster0", filepath.Join(top, "link"), tarred(t), ferry.Invalid, "root does not follow"},
		"below one as root":           {"gluster0", filepath.Join(top, "link") + "/.", tarred(t), ferry.Invalid, "root does not follow"},
	} {
		err := s.CopyTo(t.Context(), id, c.node, c.dir, c.tar)
		if ferry.CodeOf(err) != c.code || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
		if strings.Contains(name, "as root") && !strings.Contains(fmt.Sprint(hint(err)), real) {
			t.Errorf("%s: the hint %q does not name %s", name, hint(err), real)
		}
	}
}

func hint(err error) string {
	if e, ok := errors.AsType[*ferry.Error](err); ok {
		return e.Hint
	}
	return ""
}

func TestCopyFrom(t *testing.T) {
	s := copying(t)
	top := t.TempDir()
	for _, err := range []error{
		os.Mkdir(filepath.Join(top, "d"), 0o755), os.WriteFile(filepath.Join(top, "d", "f"), []byte("x"), 0o644),
		os.Symlink("d", filepath.Join(top, "link")), os.Symlink("nowhere", filepath.Join(top, "dangling")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for from, want := range map[string]string{
		"d": "d/ d/f", "d/.": "./ ./f", "link": "link", "link/.": "./ ./f", "d/f": "f", "dangling": "dangling", "d/./f": "f",
	} {
		r, err := s.CopyFrom(t.Context(), id, "", top+"/"+from)
		if err != nil {
			t.Errorf("%s: %v", from, err)
			continue
		}
		if got := strings.Join(names(t, r), " "); got != want {
			t.Errorf("%s: %q", from, got)
		}
	}
	for _, from := range []string{"nothing", "d/f/.", "dangling/.", "nothing/."} {
		if _, err := s.CopyFrom(t.Context(), id, "", top+"/"+from); ferry.CodeOf(err) != ferry.NotFound {
			t.Errorf("%s: %v", from, err)
		}
	}
}

func names(t *testing.T, r io.ReadCloser) (all []string) {
	t.Helper()
	defer r.Close()
	for tr := tar.NewReader(r); ; {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, h.Name)
	}
}

// What tar says at its end: changed files are an ordinary thing in a folder of
// logs, all else makes the copy one that failed.
func TestCopyFromEnds(t *testing.T) {
	s, e := reach(t)
	code := 0
	e.OnRun = func(_ context.Context, _ string, x engine.Exec) (int, error) {
		if x.Command[0] == "test" {
			return 0, nil
		}
		fmt.Fprint(x.Stderr, "tar: x: Permission denied")
		return code, nil
	}
	for want, fails := range map[int]bool{0: false, 1: false, 2: true, 137: true} {
		code = want
		r, err := s.CopyFrom(t.Context(), id, "", "/x")
		if err != nil {
			t.Fatal(err)
		}
		if _, err = io.Copy(io.Discard, r); (err != nil) != fails {
			t.Errorf("exit code %d: %v", code, err)
		}
		_ = r.Close()
	}
}

func TestRelativePathsBeginAtTheHome(t *testing.T) {
	n := ferry.Node{NodeBlueprint: ferry.NodeBlueprint{Home: "/home/ferry"}}
	for file, want := range map[string]string{
		"": "/home/ferry", ".": "/home/ferry", "a/b": "/home/ferry/a/b", "/a/../b": "/b", "-C": "/home/ferry/-C", "../../../x": "/x",
	} {
		if got := inHome(n, file); got != want {
			t.Errorf("%q is %s", file, got)
		}
	}
	if got := inHome(ferry.Node{}, "a"); got != "/a" {
		t.Error(got)
	}
}
