package archive

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// holey makes a sparse file with data at some places.
func holey(t *testing.T, file string, at ...int64) {
	t.Helper()
	f, err := os.Create(file)
	must(t, err)
	for _, off := range at {
		_, err := f.WriteAt([]byte("data at "+strings.Repeat("x", 1000)), off)
		must(t, err)
	}
	must(t, f.Close())
}

func stored(t *testing.T, file string) int64 {
	t.Helper()
	info, err := os.Stat(file)
	must(t, err)
	return info.Sys().(*syscall.Stat_t).Blocks * 512
}

func sum(t *testing.T, file string) string {
	t.Helper()
	f, err := os.Open(file)
	must(t, err)
	defer f.Close()
	h := sha256.New()
	_, err = io.Copy(h, f)
	must(t, err)
	return string(h.Sum(nil))
}

const large = 24 << 20

var shapes = map[string][]int64{
	"at the front and the end": {0, large},
	"in the middle":            {large/2 + 12345},
	"many":                     {0, 1 << 20, 3<<20 + 1, 5 << 20, large},
}

// makeShapes returns a folder of sparse files, also of one that is all hole.
func makeShapes(t *testing.T) string {
	t.Helper()
	src := filepath.Join(t.TempDir(), "ünder")
	must(t, os.Mkdir(src, 0o755))
	for name, at := range shapes {
		holey(t, filepath.Join(src, name), at...)
		must(t, os.Truncate(filepath.Join(src, name), large+2000))
	}
	holey(t, filepath.Join(src, "nothing"))
	must(t, os.Truncate(filepath.Join(src, "nothing"), large))
	if stored(t, filepath.Join(src, "nothing")) > 1<<20 {
		t.Skip("this file system keeps no holes")
	}
	return src
}

func same(t *testing.T, a, b string) {
	t.Helper()
	names, err := os.ReadDir(a)
	must(t, err)
	for _, n := range names {
		from, to := filepath.Join(a, n.Name()), filepath.Join(b, n.Name())
		if sum(t, from) != sum(t, to) {
			t.Errorf("%s is not the same", n.Name())
		}
		if was, is := stored(t, from), stored(t, to); is > was+1<<20 {
			t.Errorf("%s takes %d bytes, not %d", n.Name(), is, was)
		}
	}
}

func TestHolesStayHolesOnTheWayIn(t *testing.T) {
	src, dst := makeShapes(t), t.TempDir()
	var b bytes.Buffer
	_, err := Source{Path: src, Name: "in"}.Pack(&b)
	must(t, err)
	if b.Len() > 1<<20 {
		t.Errorf("the tar has %d bytes", b.Len())
	}
	ours := bytes.NewReader(b.Bytes())
	untar := exec.Command("tar", "-x", "-f", "-", "-C", dst)
	untar.Stdin = &b
	if out, err := untar.CombinedOutput(); err != nil || len(out) > 0 {
		t.Fatalf("tar: %v\n%s", err, out)
	}
	same(t, src, filepath.Join(dst, "in"))
	_, err = Copy{Name: "in", Folder: dst, As: "own"}.Unpack(t.Context(), ours)
	must(t, err)
	same(t, src, filepath.Join(dst, "own"))
}

func TestHolesStayHolesOnTheWayOut(t *testing.T) {
	src := makeShapes(t)
	for _, format := range []string{"gnu", "pax"} {
		dst := t.TempDir()
		pack := exec.Command("tar", "-c", "-S", "--format", format, "-f", "-", "-C", filepath.Dir(src), filepath.Base(src))
		out, err := pack.Output()
		must(t, err)
		if len(out) > 1<<20 {
			t.Errorf("the tar has %d bytes", len(out))
		}
		_, err = Copy{Name: filepath.Base(src), Folder: dst, As: "out"}.Unpack(t.Context(), bytes.NewReader(out))
		must(t, err)
		same(t, src, filepath.Join(dst, "out"))
	}
}

// A file in strides has more holes than a list of them may have.
func TestManySmallHoles(t *testing.T) {
	src, dst := filepath.Join(t.TempDir(), "strides"), t.TempDir()
	must(t, os.Mkdir(src, 0o755))
	f, err := os.Create(filepath.Join(src, "f"))
	must(t, err)
	for i := range int64(5000) {
		_, err := f.WriteAt([]byte("x"), i*12<<10)
		must(t, err)
	}
	must(t, f.Close())
	var b bytes.Buffer
	_, err = Source{Path: src, Name: "a"}.Pack(&b)
	must(t, err)
	_, err = Copy{Name: "a", Folder: dst, As: "a"}.Unpack(t.Context(), &b)
	must(t, err)
	if sum(t, filepath.Join(src, "f")) != sum(t, filepath.Join(dst, "a", "f")) {
		t.Error("not the same")
	}
}

func TestDenseZerosAreWritten(t *testing.T) {
	src, dst := filepath.Join(t.TempDir(), "zeros"), t.TempDir()
	must(t, os.WriteFile(src, make([]byte, 4<<20), 0o644))
	var b bytes.Buffer
	_, err := Source{Path: src, Name: "a"}.Pack(&b)
	must(t, err)
	_, err = Copy{Name: "a", Folder: dst, As: "a"}.Unpack(t.Context(), &b)
	must(t, err)
	if n := stored(t, filepath.Join(dst, "a")); n < 4<<20 {
		t.Errorf("%d bytes are stored", n)
	}
}

func TestRecordCountsItself(t *testing.T) {
	for n := range 1200 {
		r := record("k", strings.Repeat("v", n))
		if length, _, _ := strings.Cut(r, " "); length != strconv.Itoa(len(r)) {
			t.Errorf("a record of %d bytes says %s", len(r), length)
		}
	}
}

// No node keeps a command busy that is to end.
func TestHolesWithoutEndAreInterrupted(t *testing.T) {
	var b bytes.Buffer
	must(t, (&packer{to: &b, tar: tar.NewWriter(&b)}).sparse(&tar.Header{Name: "a", Size: 1 << 43, Mode: 0o644}, nil))
	b.Write(make([]byte, 1024))
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := Copy{Name: "a", Folder: t.TempDir(), As: "a"}.Unpack(ctx, &b)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}
