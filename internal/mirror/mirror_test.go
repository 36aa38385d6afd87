package mirror

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// tree describes everything of a folder that a copy must have, one line for each name.
func tree(t *testing.T, root string) string {
	t.Helper()
	var lines []string
	first := map[uint64]string{}
	err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(root, path)
		var st unix.Stat_t
		if err := unix.Lstat(path, &st); err != nil {
			return err
		}
		line := fmt.Sprintf("%q %o %d:%d %d.%09d", name, st.Mode, st.Uid, st.Gid, st.Mtim.Sec, st.Mtim.Nsec)
		switch st.Mode & unix.S_IFMT {
		case unix.S_IFREG:
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			line += fmt.Sprintf(" %d %x %dK", st.Size, data[:min(len(data), 8)], st.Blocks/2)
			if !bytes.Equal(data, make([]byte, len(data))) {
				line += fmt.Sprintf(" %d", hash(data))
			}
			if other, ok := first[st.Ino]; ok {
				line += " is " + other
			} else {
				first[st.Ino] = name
			}
		case unix.S_IFLNK:
			target, _ := os.Readlink(path)
			line += " -> " + target
		}
		all, err := attributesOf(path)
		for k, v := range all {
			line += fmt.Sprintf(" %s=%q", k, v)
		}
		lines = append(lines, line)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	sort.Strings(lines)
	return strings.Join(lines, "\n")
}

func hash(data []byte) (sum uint64) {
	for _, b := range data {
		sum = sum*1099511628211 + uint64(b)
	}
	return sum
}

func same(t *testing.T, m *Mirror) {
	t.Helper()
	if diff := cmp.Diff(strings.Split(tree(t, m.From), "\n"), strings.Split(tree(t, m.To), "\n")); diff != "" {
		t.Fatalf("the copy differs (-source +copy):\n%s", diff)
	}
}

func do(t *testing.T, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

func pair(t *testing.T) *Mirror {
	t.Helper()
	root := t.TempDir()
	m := &Mirror{From: filepath.Join(root, "from"), To: filepath.Join(root, "to")}
	do(t, os.Mkdir(m.From, 0o755), os.Mkdir(m.To, 0o755))
	return m
}

func TestEverythingOfAFileIsCopied(t *testing.T) {
	if os.Getuid() != 0 {
		t.Fatal("owners and attributes can be copied by root only")
	}
	m := pair(t)
	at := func(name string) string { return filepath.Join(m.From, name) }
	do(t, os.WriteFile(at("plain"), []byte("x"), 0o640), os.Mkdir(at("locked"), 0o000), os.WriteFile(at("locked/in"), nil, 0o000))
	do(t, os.WriteFile(at("suid"), []byte("y"), 0o755), os.Chown(at("suid"), 1234, 4321), os.Chmod(at("suid"), 0o755|os.ModeSetuid))
	do(t, os.Link(at("plain"), at("locked/again")), os.Symlink("../nowhere", at("link")), os.Lchown(at("link"), 7, 8))
	do(t, os.WriteFile(at("two\nlines"), []byte("z"), 0o600), os.WriteFile(at("schön 東京"), nil, 0o600))
	do(t, unix.Mkfifo(at("fifo"), 0o622), os.Mkdir(at("sticky"), 0o777|os.ModeSticky))
	do(t, unix.Setxattr(at("plain"), "user.note", []byte("a\x00b"), 0), unix.Setxattr(at("sticky"), "trusted.gfid", bytes.Repeat([]byte{7}, 300), 0))
	do(t, unix.Setxattr(at("suid"), "security.capability", []byte("\x01\x00\x00\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"), 0))
	holes, err := os.Create(at("holes"))
	do(t, err, holes.Truncate(100<<20))
	_, err = holes.WriteAt([]byte("middle"), 50<<20)
	do(t, err, holes.Close())
	old := unix.NsecToTimespec(123456789123456789)
	do(t, unix.UtimesNanoAt(unix.AT_FDCWD, at("plain"), []unix.Timespec{old, old}, 0))
	_, err = m.Pass()
	do(t, err)
	same(t, m)
	if c, err := m.Pass(); err != nil || c.Files > 8 {
		t.Errorf("a second pass copied %+v, %v", c, err)
	}
	same(t, m)
}

// A file that is rewritten with the same size and gets its old times back, as tools do
// that preserve them, or within one step of the clock, is noticed.
func TestRewritesAreNoticed(t *testing.T) {
	m := pair(t)
	name := filepath.Join(m.From, "log")
	do(t, os.WriteFile(name, []byte("old content"), 0o644))
	before, err := os.Stat(name)
	do(t, err)
	_, err = m.Pass()
	do(t, err)
	do(t, os.WriteFile(name, []byte("new content"), 0o644), os.Chtimes(name, before.ModTime(), before.ModTime()))
	_, err = m.Pass()
	do(t, err)
	same(t, m)
}

// Two writes may bear one time: the kernel's clock for files has steps of milliseconds.
func TestWritesWithinAStepAreNoticed(t *testing.T) {
	dir, err := os.MkdirTemp("/dev/shm", "mirror") // in memory, where a pass is shorter than a step
	do(t, err)
	defer os.RemoveAll(dir)
	m := &Mirror{From: filepath.Join(dir, "from"), To: filepath.Join(dir, "to")}
	do(t, os.Mkdir(m.From, 0o755), os.Mkdir(m.To, 0o755))
	name := filepath.Join(m.From, "log")
	for round := range 300 {
		for part := range 2 {
			do(t, os.WriteFile(name, fmt.Appendf(nil, "%04d %d", round, part), 0o644))
			_, err := m.Pass()
			do(t, err)
			if got, err := os.ReadFile(filepath.Join(m.To, "log")); err != nil || string(got) != fmt.Sprintf("%04d %d", round, part) {
				t.Fatalf("round %d: the copy holds %q", round, got)
			}
		}
	}
}

// Pages of a mapped file change without a call of the system.
func TestMappedWritesAreNoticed(t *testing.T) {
	m := pair(t)
	name := filepath.Join(m.From, "mapped")
	do(t, os.WriteFile(name, make([]byte, 1<<20), 0o644))
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	do(t, err)
	defer f.Close()
	pages, err := unix.Mmap(int(f.Fd()), 0, 1<<20, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	do(t, err)
	defer unix.Munmap(pages) //nolint:errcheck // the test is over
	for round := range 10 {
		pages[round*4096] = byte(round + 1) // dirty before the pass
		time.Sleep(2 * slack)               // and not because it is new
		_, err = m.Pass()
		do(t, err)
		pages[round*4096+1] = byte(round + 1) // and again after it
		pages[round*4096+2] = byte(round + 1)
		_, err = m.Pass()
		do(t, err)
		if got, err := os.ReadFile(filepath.Join(m.To, "mapped")); err != nil || !bytes.Equal(got, pages) {
			t.Fatalf("round %d: the copy misses a write to a mapped page", round)
		}
	}
}

// Whatever is done to a source between two passes, the copy is the source again.
func TestPassesConverge(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	m := pair(t)
	for round := range 60 {
		for range 1 + random.IntN(25) {
			disturb(t, m.From, random)
		}
		if _, err := m.Pass(); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		same(t, m)
	}
}

// disturb does one thing that a program may do to its files.
func disturb(t *testing.T, root string, random *rand.Rand) {
	t.Helper()
	var all []string
	do(t, filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error { all = append(all, path); return err }))
	some := all[random.IntN(len(all))]
	fresh := filepath.Join(filepath.Dir(all[random.IntN(len(all))]), fmt.Sprintf("n%d", random.IntN(40)))
	if !strings.HasPrefix(fresh, root+"/") {
		fresh = filepath.Join(root, "n0")
	}
	_, err := os.Lstat(fresh)
	taken := err == nil
	switch random.IntN(9) {
	case 0, 1:
		if !taken {
			do(t, os.WriteFile(fresh, fmt.Append(nil, random.Uint64()), 0o644))
		}
	case 2:
		if !taken {
			do(t, os.Mkdir(fresh, 0o755))
		}
	case 3:
		if info, err := os.Lstat(some); err == nil && info.Mode().IsRegular() && !taken {
			do(t, os.Link(some, fresh))
		}
	case 4:
		if some != root {
			do(t, os.RemoveAll(some))
		}
	case 5:
		if info, err := os.Lstat(some); err == nil && info.Mode().IsRegular() {
			do(t, os.WriteFile(some, fmt.Append(nil, random.Uint64()), 0o644))
		}
	case 6:
		if some != root && !taken && !strings.HasPrefix(fresh, some+"/") {
			do(t, os.Rename(some, fresh))
		}
	case 7:
		if !taken {
			do(t, os.Symlink(some, fresh))
		}
	case 8:
		if info, err := os.Lstat(some); err == nil && info.Mode()&fs.ModeSymlink == 0 {
			do(t, unix.Setxattr(some, "user.n", fmt.Append(nil, random.IntN(5)), 0))
		}
	}
}

func TestSumShowsAnyChange(t *testing.T) {
	root := t.TempDir()
	name := filepath.Join(root, "data")
	do(t, os.WriteFile(name, []byte("one"), 0o644))
	before, err := SumOf(root)
	do(t, err)
	if again, err := SumOf(root); err != nil || again != before || before.Files != 1 || before.Bytes < 4096 {
		t.Fatalf("%+v, then %+v, %v", before, again, err)
	}
	info, err := os.Stat(name)
	do(t, err)
	do(t, os.WriteFile(name, []byte("two"), 0o644), os.Chtimes(name, info.ModTime(), info.ModTime()))
	if after, err := SumOf(root); err != nil || after.Digest == before.Digest {
		t.Errorf("a rewritten file does not show, %v", err)
	}
}

func TestServe(t *testing.T) {
	in, orders := io.Pipe()
	answers, out := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- Serve(in, out) }()
	ask, hear := json.NewEncoder(orders), json.NewDecoder(answers)
	for order, says := range map[Order]string{
		{Do: DoPass}:                           "",
		{Do: DoSum, Folder: t.TempDir()}:       "",
		{Do: DoSum, Folder: "/no/such/folder"}: "no such file",
		{Do: "format the disk"}:                `an order to "format the disk"`,
	} {
		var a Answer
		do(t, ask.Encode(order), hear.Decode(&a))
		if !strings.Contains(a.Error, says) || says == "" && a.Error != "" {
			t.Errorf("%+v: %q", order, a.Error)
		}
	}
	do(t, orders.Close(), <-ended)
}

func TestPairs(t *testing.T) {
	root := t.TempDir()
	for _, dir := range []string{"from/0", "from/1", "from/2", "to/0", "to/2"} {
		do(t, os.MkdirAll(filepath.Join(root, dir), 0o755))
	}
	pairs, err := pairsBelow(root+"/from", root+"/to")
	do(t, err)
	var got []string
	for _, m := range pairs {
		got = append(got, strings.TrimPrefix(m.From, root))
	}
	if !slices.Equal(got, []string{"/from/0", "/from/2"}) {
		t.Errorf("pairs %v: what has no copy is only read", got)
	}
}

// Whoever writes to a source may put a link where a folder was just seen: nothing outside
// the source is read for it.
func TestLinksLeadNowhere(t *testing.T) {
	m := pair(t)
	outside := t.TempDir()
	do(t, os.WriteFile(filepath.Join(outside, "secret"), []byte("secret"), 0o600), os.Symlink(outside, filepath.Join(m.From, "folder")))
	source, err := os.OpenRoot(m.From)
	do(t, err, os.Mkdir(filepath.Join(m.To, "folder"), 0o700))
	defer source.Close()
	p := pass{Mirror: m, source: source, found: map[string]stamp{}, links: map[uint64]string{}}
	if err := p.folder("folder"); err == nil {
		t.Error("a folder that is a link to another place was read")
	}
	if _, err := p.content("folder/secret", filepath.Join(m.To, "copy")); err == nil {
		t.Error("a file of another place was read")
	}
	if left, err := os.ReadDir(filepath.Join(m.To, "folder")); err != nil || len(left) > 0 {
		t.Errorf("the copy holds %v, %v", left, err)
	}
}
