package mirror

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func packed(t *testing.T, m *Mirror) []byte {
	t.Helper()
	var b bytes.Buffer
	do(t, Pack(m.From, &b))
	return b.Bytes()
}

func TestEverythingOfAFolderTravels(t *testing.T) {
	if os.Getuid() != 0 {
		t.Fatal("owners and attributes can be copied by root only")
	}
	m := pair(t)
	at := func(name string) string { return filepath.Join(m.From, name) }
	do(t, os.WriteFile(at("plain"), []byte("x"), 0o640), os.Mkdir(at("locked"), 0o000), os.WriteFile(at("locked/in"), nil, 0o000))
	do(t, os.Link(at("plain"), at("locked/again")), os.Symlink("../nowhere", at("link")), os.Lchown(at("link"), 7, 8))
	do(t, os.Link(at("link"), at("second name of a link")))
	do(t, os.WriteFile(at("two\nlines"), []byte("z"), 0o600), os.WriteFile(at("sch\xf6n"), nil, 0o600), os.Chown(at("plain"), 1234, 1<<31))
	do(t, os.WriteFile(at(strings.Repeat("n", 255)), []byte("long"), 0o600))
	do(t, unix.Mkfifo(at("fifo"), 0o622), os.Mkdir(at("sticky"), 0o777|os.ModeSticky), os.Mkdir(at("group"), 0o777|os.ModeSetgid))
	do(t, os.WriteFile(at("zeros"), make([]byte, 1<<20), 0o600))
	do(t, unix.Setxattr(at("plain"), "user.note", []byte("a\x00b"), 0), unix.Setxattr(at("zeros"), "user.empty", nil, 0))
	do(t, unix.Setxattr(at("sticky"), "trusted.gfid", bytes.Repeat([]byte{7, 0}, 150), 0), unix.Setxattr(m.From, "trusted.id", []byte("root"), 0))
	holes, err := os.Create(at("holes"))
	do(t, err, holes.Truncate(30<<20))
	_, err = holes.WriteAt([]byte("middle"), 15<<20)
	do(t, err, holes.Close())
	old := unix.NsecToTimespec(123456789123456789)
	do(t, unix.UtimesNanoAt(unix.AT_FDCWD, at("plain"), []unix.Timespec{old, old}, 0), os.Chown(m.From, 5, 6))
	first := packed(t, m)
	do(t, Unpack(bytes.NewReader(first), m.To))
	same(t, m)
	if !bytes.Equal(first, packed(t, m)) {
		t.Error("the same folder is packed to other bytes")
	}
}

// Whatever is done to a folder, its tar is the folder again.
func TestPacksConverge(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	m := pair(t)
	for range 40 {
		for range 1 + random.IntN(25) {
			disturb(t, m.From, random)
		}
		do(t, os.RemoveAll(m.To), os.Mkdir(m.To, 0o700), Unpack(bytes.NewReader(packed(t, m)), m.To))
		same(t, m)
	}
}

// hostile is a tar of the entries, with amounts that are large enough.
func hostile(t *testing.T, entries ...tar.Header) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	do(t, w.WriteHeader(&tar.Header{Typeflag: tar.TypeXGlobalHeader, PAXRecords: map[string]string{recordEntries: "9", recordBytes: "100"}}))
	for _, h := range entries {
		do(t, w.WriteHeader(&h))
		_, err := w.Write(make([]byte, h.Size))
		do(t, err)
	}
	do(t, w.Close())
	return b.Bytes()
}

func TestHostileTars(t *testing.T) {
	root := tar.Header{Typeflag: tar.TypeDir, Name: ".", Mode: 0o755}
	reg := func(name string) tar.Header { return tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644} }
	dir := func(name string) tar.Header { return tar.Header{Typeflag: tar.TypeDir, Name: name, Mode: 0o755} }
	for name, c := range map[string]struct {
		says string
		tar  []byte
	}{
		"no amounts":            {"does not begin", packEntries(t, root)},
		"an absolute path":      {"no place", hostile(t, root, reg("/etc/passwd"))},
		"a path out":            {"no place", hostile(t, root, reg("a/../../b"))},
		"two spellings":         {"no place", hostile(t, root, reg("./a"))},
		"too deep":              {"no place", hostile(t, root, reg(strings.Repeat("a/", 501)+"b"))},
		"a long name":           {"no place", hostile(t, root, reg(strings.Repeat("a", 256)))},
		"no folder":             {"own folder", hostile(t, reg("a"))},
		"in no folder":          {"no folder that is open", hostile(t, root, reg("a/b"))},
		"in a file":             {"no folder that is open", hostile(t, root, reg("a"), reg("a/b"))},
		"through a link":        {"no folder that is open", hostile(t, root, tar.Header{Typeflag: tar.TypeSymlink, Name: "a", Linkname: "/tmp"}, reg("a/b"))},
		"in a folder again":     {"no folder that is open", hostile(t, root, dir("a/"), dir("b/"), reg("a/c"))},
		"twice":                 {"comes twice", hostile(t, root, reg("a"), reg("a"))},
		"a folder twice":        {"comes twice", hostile(t, root, dir("a/"), dir("a/"))},
		"the root twice":        {"no folder that is open", hostile(t, root, root)},
		"a link over a file":    {"comes twice", hostile(t, root, reg("a"), tar.Header{Typeflag: tar.TypeSymlink, Name: "a", Linkname: "b"})},
		"a device":              {"is a device", hostile(t, root, tar.Header{Typeflag: tar.TypeChar, Name: "a"})},
		"a set-user-id program": {"rights of its owner", hostile(t, root, tar.Header{Typeflag: tar.TypeReg, Name: "a", Mode: 0o4755})},
		"a set-group-id one":    {"rights of its owner", hostile(t, root, tar.Header{Typeflag: tar.TypeReg, Name: "a", Mode: 0o2755})},
		"a hard link out":       {"no place", hostile(t, root, tar.Header{Typeflag: tar.TypeLink, Name: "a", Linkname: "../b"})},
		"a hard link to nought": {"no file that came before", hostile(t, root, tar.Header{Typeflag: tar.TypeLink, Name: "a", Linkname: "b"})},
		"a hard link through a link": {"no file that came before", hostile(t, root,
			tar.Header{Typeflag: tar.TypeSymlink, Name: "a", Linkname: "/etc"}, tar.Header{Typeflag: tar.TypeLink, Name: "b", Linkname: "a/passwd"})},
		"a hard link to a folder": {"no file that came before", hostile(t, root, dir("a/"), tar.Header{Typeflag: tar.TypeLink, Name: "b", Linkname: "a"})},
		"capabilities": {`attribute "security.capability"`, hostile(t, root,
			tar.Header{Typeflag: tar.TypeReg, Name: "a", PAXRecords: map[string]string{recordXattr + "security.capability": "x"}})},
		"an overlay's words": {`attribute "trusted.overlay.redirect"`, hostile(t, root,
			tar.Header{Typeflag: tar.TypeDir, Name: "a/", PAXRecords: map[string]string{recordXattr + "trusted.overlay.redirect": "/x"}})},
		"more bytes than said":   {"more than it says", hostile(t, root, tar.Header{Typeflag: tar.TypeReg, Name: "a", Size: 101})},
		"more entries than said": {"more than it says", hostile(t, root, reg("1"), reg("2"), reg("3"), reg("4"), reg("5"), reg("6"), reg("7"), reg("8"), reg("9"))},
		"cut off":                {"cannot be read", hostile(t, root, reg("a"))[:1700]},
		"cut off in a file":      {"cut off", hostile(t, root, tar.Header{Typeflag: tar.TypeReg, Name: "a", Size: 100})[:2100]},
	} {
		t.Run(name, func(t *testing.T) {
			m := pair(t)
			if err := Unpack(bytes.NewReader(c.tar), m.To); !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want %q", err, c.says)
			}
			if _, err := os.Lstat(filepath.Join(filepath.Dir(m.To), "b")); err == nil {
				t.Error("something was made outside")
			}
		})
	}
}

func packEntries(t *testing.T, entries ...tar.Header) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range entries {
		do(t, w.WriteHeader(&h))
	}
	do(t, w.Close())
	return b.Bytes()
}

// A volume that is larger than the room there is, is refused before anything is written.
func TestNoRoom(t *testing.T) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	do(t, w.WriteHeader(&tar.Header{Typeflag: tar.TypeXGlobalHeader, PAXRecords: map[string]string{recordEntries: "1", recordBytes: "4611686018427387904"}}))
	do(t, w.Close())
	if err := Unpack(&b, t.TempDir()); !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), "no room") {
		t.Errorf("got %v", err)
	}
}

// What cannot travel is said when it is packed, not when it is too late.
func TestWhatIsNotPacked(t *testing.T) {
	m := pair(t)
	name := filepath.Join(m.From, "su")
	do(t, os.WriteFile(name, nil, 0o755), os.Chmod(name, 0o755|os.ModeSetuid))
	if err := Pack(m.From, io.Discard); !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), `"su"`) {
		t.Errorf("got %v", err)
	}
	do(t, os.Remove(name), unix.Mknod(name, unix.S_IFSOCK|0o600, 0))
	var b bytes.Buffer
	do(t, Pack(m.From, &b), Unpack(&b, m.To))
	if left, err := os.ReadDir(m.To); err != nil || len(left) > 0 {
		t.Errorf("a socket became %v, %v", left, err)
	}
}

func TestWordsOfTheProgram(t *testing.T) {
	m := pair(t)
	do(t, os.WriteFile(filepath.Join(m.From, "a"), []byte("x"), 0o600))
	var b, said bytes.Buffer
	for i, words := range [][]string{{WordPack, m.From}, {WordUnpack, m.To}} {
		if code := Main(words, &b, &b, &said); code != 0 {
			t.Fatalf("%d: code %d: %s", i, code, said.String())
		}
	}
	same(t, m)
	if code := Main([]string{"format", "the disk"}, nil, nil, &said); code != 1 {
		t.Error("it does anything it is called with")
	}
	if code := Main([]string{WordUnpack, m.To}, &b, nil, &said); code != RefusedCode {
		t.Errorf("what is no tar is refused with code %d", code)
	}
}
