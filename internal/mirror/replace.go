package mirror

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// unfinished is the name of a copy that is being written; no file of the source keeps
// it, as the copy is renamed before the next begins.
const unfinished = ".ferry-mirror-unfinished"

// replace copies what is no folder under another name, and puts it in its place: a file
// that is several names in the copy may be only one of them in the source by now.
func (p *pass) replace(name string, st *syscall.Stat_t) error {
	copied := filepath.Join(p.To, filepath.Dir(name), unfinished)
	if err := os.RemoveAll(copied); err != nil {
		return err
	}
	err := p.copyAs(name, copied, st)
	if err == nil {
		err = attributes(filepath.Join(p.From, name), copied, st)
	}
	if errors.Is(err, fs.ErrNotExist) {
		delete(p.found, name)
		return os.RemoveAll(copied)
	}
	if err != nil {
		return err
	}
	return os.Rename(copied, filepath.Join(p.To, name))
}

func (p *pass) copyAs(name, copied string, st *syscall.Stat_t) error {
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFREG:
		n, err := p.content(name, copied)
		p.copied.Files++
		p.copied.Bytes += n
		return err
	case unix.S_IFLNK:
		target, err := p.source.Readlink(name)
		if err != nil {
			return err
		}
		return os.Symlink(target, copied)
	}
	return os.NewSyscallError("mknod", unix.Mknod(copied, st.Mode, int(st.Rdev))) //nolint:gosec // a device number
}
