package mirror

import (
	"archive/tar"
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Pack writes all that a folder holds as a tar that Unpack takes, entries in the order of
// their names: the same folder is always the same bytes. Holes are written as zeros, which
// compress to nothing, and are holes again afterwards. Sockets are left out: nobody
// listens on a copy of one.
func Pack(root string, w io.Writer) error {
	buffered := bufio.NewWriterSize(w, 1<<20)
	p := packing{root: root, tar: tar.NewWriter(buffered), links: map[uint64]string{}}
	err := p.head()
	if err == nil {
		err = p.folder(".")
	}
	if err == nil {
		err = p.tar.Close()
	}
	if err == nil {
		err = buffered.Flush()
	}
	return err
}

type packing struct {
	root  string
	tar   *tar.Writer
	links map[uint64]string // inode → its first path, of files with several
}

// head says how much follows, so that room for it can be looked for first.
func (p *packing) head() error {
	entries, bytes, err := measure(p.root)
	if err != nil {
		return err
	}
	return p.tar.WriteHeader(&tar.Header{Typeflag: tar.TypeXGlobalHeader, PAXRecords: map[string]string{
		recordEntries: strconv.FormatInt(entries, 10), recordBytes: strconv.FormatInt(bytes, 10),
	}})
}

// measure counts the entries of a folder, and the content of its files.
func measure(root string) (entries, bytes int64, err error) {
	seen := map[uint64]bool{}
	err = filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		var st syscall.Stat_t
		if err := syscall.Lstat(path, &st); err != nil {
			return &fs.PathError{Op: "look at", Path: path, Err: err}
		}
		entries++
		if st.Mode&unix.S_IFMT != unix.S_IFREG || st.Nlink > 1 && seen[st.Ino] {
			return nil
		}
		if st.Nlink > 1 {
			seen[st.Ino] = true
		}
		n, err := dataOf(path, &st)
		bytes += n
		return err
	})
	return entries, bytes, err
}

// dataOf is the size of a file without its holes.
func dataOf(path string, st *syscall.Stat_t) (n int64, err error) {
	if !sparse(st) {
		return st.Size, nil
	}
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return 0, err
	}
	defer func() { _ = f.Close() }()
	for at := int64(0); at < st.Size; {
		begin, err := f.Seek(at, unix.SEEK_DATA)
		if errors.Is(err, unix.ENXIO) {
			return n, nil // a hole to the end
		}
		if err != nil {
			return n, err
		}
		if at, err = f.Seek(begin, unix.SEEK_HOLE); err != nil {
			return n, err
		}
		n += at - begin
	}
	return n, nil
}

func sparse(st *syscall.Stat_t) bool { return st.Blocks*512 < st.Size }

func (p *packing) folder(name string) error {
	if err := p.entry(name); err != nil {
		return err
	}
	entries, err := os.ReadDir(filepath.Join(p.root, name))
	if err != nil {
		return err
	}
	for _, e := range entries {
		child := filepath.Join(name, e.Name())
		switch {
		case e.IsDir():
			err = p.folder(child)
		case e.Type() != fs.ModeSocket:
			err = p.entry(child)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// entry writes a header, and the content of a file.
func (p *packing) entry(name string) error {
	at := filepath.Join(p.root, name)
	var st syscall.Stat_t
	if err := syscall.Lstat(at, &st); err != nil {
		return &fs.PathError{Op: "look at", Path: at, Err: err}
	}
	h, err := p.header(name, at, &st)
	if err != nil {
		return err
	}
	if err := Acceptable(h); err != nil {
		return err
	}
	if err := p.tar.WriteHeader(h); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if h.Typeflag != tar.TypeReg {
		return nil
	}
	return p.content(at, h.Size)
}

func (p *packing) header(name, at string, st *syscall.Stat_t) (*tar.Header, error) {
	h := &tar.Header{
		Format: tar.FormatPAX, Name: name, Uid: int(st.Uid), Gid: int(st.Gid), Mode: int64(st.Mode & 0o7777),
		ModTime: time.Unix(st.Mtim.Unix()), PAXRecords: map[string]string{},
	}
	if first, ok := p.links[st.Ino]; ok && st.Nlink > 1 && st.Mode&unix.S_IFMT != unix.S_IFDIR {
		h.Typeflag, h.Linkname = tar.TypeLink, first
		return h, nil
	}
	if st.Nlink > 1 && st.Mode&unix.S_IFMT != unix.S_IFDIR {
		p.links[st.Ino] = name
	}
	if err := kind(h, at, st); err != nil {
		return nil, err
	}
	found, err := attributesOf(at)
	for key, value := range found {
		if key != "security.selinux" {
			h.PAXRecords[recordXattr+key] = string(value)
		}
	}
	return h, err
}

// kind says what an entry is. What it does not know stays unknown, and is refused.
func kind(h *tar.Header, at string, st *syscall.Stat_t) (err error) {
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFREG:
		h.Typeflag, h.Size = tar.TypeReg, st.Size
		if sparse(st) {
			h.PAXRecords[recordSparse] = "1"
		}
	case unix.S_IFDIR:
		h.Typeflag = tar.TypeDir
		if h.Name != "." {
			h.Name += "/"
		}
	case unix.S_IFLNK:
		h.Typeflag = tar.TypeSymlink
		h.Linkname, err = os.Readlink(at)
	case unix.S_IFIFO:
		h.Typeflag = tar.TypeFifo
	default:
		h.Typeflag = tar.TypeChar
	}
	return err
}

func (p *packing) content(at string, size int64) error {
	f, err := os.OpenFile(at, os.O_RDONLY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	n, err := io.Copy(p.tar, io.LimitReader(f, size))
	if err == nil && n < size {
		err = errors.New(at + " became shorter while it was read")
	}
	return err
}
