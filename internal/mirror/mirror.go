// Package mirror makes one folder of files the exact copy of another: owners, modes,
// times, extended attributes, hard links and holes. It works in passes: the first copies
// everything while the source is in use, each later one only what may have changed
// since, so that the last, with nobody writing, is short.
//
// It is run where the volumes are, as root, by a process of its own (see Serve).
package mirror

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Mirror is one pair of folders.
type Mirror struct {
	From, To string

	known map[string]stamp // by path below From, as the last pass has found it
	since time.Time        // when the last pass began
}

// stamp is what tells that a file is the one it was. A time of change that lies before
// the last pass has begun cannot hide a later write: see changed.
type stamp struct {
	inode uint64
	ctime time.Time
	size  int64
	mode  uint32
}

// Copied counts what a pass has done.
type Copied struct {
	Files int64 `json:"files"` // whose content was copied
	Bytes int64 `json:"bytes"` // of content that was copied, without holes
}

// slack is more than the steps of the kernel's clock for time stamps, 10 ms at most.
const slack = 50 * time.Millisecond

// Pass brings To nearer to From. Files that vanish meanwhile are passed over.
//
// Time stamps alone would lose data: a page of a mapped file that is dirty already
// changes without a new time, and two writes may share one. So everything is brought to
// disk first, which makes the next write to a mapped page set the time, and a file that
// was changed after that instant is copied again whatever it looks like.
func (m *Mirror) Pass() (Copied, error) {
	if err := syncFolder(m.From); err != nil {
		return Copied{}, err
	}
	source, err := os.OpenRoot(m.From)
	if err != nil {
		return Copied{}, err
	}
	defer func() { _ = source.Close() }()
	p := pass{Mirror: m, source: source, begun: time.Now(), found: map[string]stamp{}, links: map[uint64]string{}}
	if err := p.folder("."); err != nil {
		return p.copied, err
	}
	m.known, m.since = p.found, p.begun
	return p.copied, nil
}

func syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	if err := unix.Syncfs(int(f.Fd())); err != nil {
		return fmt.Errorf("bring %s to disk: %w", path, err)
	}
	return nil
}

// pass is one pass under way.
type pass struct {
	*Mirror
	// source is From, and never a place outside it: whoever writes to the source may put
	// a link where a folder was just seen.
	source *os.Root
	begun  time.Time
	found  map[string]stamp
	links  map[uint64]string // inode of the source → its first path, of files with several
	copied Copied
}

// folder mirrors a folder that is there on both sides, then its own attributes, which
// its content has changed.
func (p *pass) folder(name string) error {
	entries, err := p.entries(name)
	if err != nil {
		return vanished(err)
	}
	if err := p.prune(name, entries); err != nil {
		return err
	}
	for _, e := range entries {
		if err := p.entry(filepath.Join(name, e.Name())); err != nil {
			return err
		}
	}
	return p.dress(name)
}

func (p *pass) entries(name string) ([]fs.DirEntry, error) {
	f, err := p.source.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return f.ReadDir(-1)
}

// stat does not follow a link.
func (p *pass) stat(name string) (*syscall.Stat_t, error) {
	info, err := p.source.Lstat(name)
	if err != nil {
		return nil, err
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return nil, fmt.Errorf("%s: the system says nothing of its inode", name)
	}
	return st, nil
}

// prune removes from the copy what the source has no more, or has as something else.
func (p *pass) prune(name string, entries []fs.DirEntry) error {
	kinds := map[string]fs.FileMode{}
	for _, e := range entries {
		kinds[e.Name()] = e.Type()
	}
	copies, err := os.ReadDir(filepath.Join(p.To, name))
	if err != nil {
		return err
	}
	for _, c := range copies {
		if kind, ok := kinds[c.Name()]; ok && kind == c.Type() {
			continue
		}
		if err := os.RemoveAll(filepath.Join(p.To, name, c.Name())); err != nil {
			return err
		}
	}
	return nil
}

func (p *pass) entry(name string) error {
	st, err := p.stat(name)
	if err != nil {
		return vanished(err)
	}
	now := stamp{inode: st.Ino, ctime: time.Unix(st.Ctim.Unix()), size: st.Size, mode: st.Mode}
	p.found[name] = now
	if st.Mode&unix.S_IFMT == unix.S_IFDIR {
		if err := os.Mkdir(filepath.Join(p.To, name), 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
		return p.folder(name)
	}
	if first, ok := p.links[st.Ino]; ok && st.Nlink > 1 {
		return p.link(first, name)
	}
	if st.Nlink > 1 {
		p.links[st.Ino] = name
	}
	if !p.changed(name, now) {
		return nil
	}
	return p.replace(name, st)
}

// changed reports whether a file may be another than the one that was copied.
func (p *pass) changed(name string, now stamp) bool {
	old, ok := p.known[name]
	return !ok || old != now || !now.ctime.Before(p.since.Add(-slack))
}

// link makes the copy of one name of a file the copy of its other.
func (p *pass) link(first, name string) error {
	from, to := filepath.Join(p.To, first), filepath.Join(p.To, name)
	a, err := os.Lstat(from)
	if err != nil {
		return vanished(err) // its first name vanished before it was copied
	}
	if b, err := os.Lstat(to); err == nil && os.SameFile(a, b) {
		return nil
	}
	if err := os.Remove(to); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.Link(from, to)
}

// dress sets the attributes of a folder's copy.
func (p *pass) dress(name string) error {
	st, err := p.stat(name)
	if err != nil {
		return vanished(err)
	}
	return vanished(attributes(filepath.Join(p.From, name), filepath.Join(p.To, name), st))
}

// vanished makes nothing of a file that is gone: whoever uses the source may remove what
// was just seen.
func vanished(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
