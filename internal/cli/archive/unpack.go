package archive

import (
	"archive/tar"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
)

type unpacker struct {
	root  *os.Root
	tar   *tar.Reader
	as    string
	first string
	named bool
	// folders get their mode at the end: a read-only one must be filled first.
	folders []folder
}

type folder struct {
	name string
	mode fs.FileMode
}

func (u *unpacker) entry(head *tar.Header) error {
	name := u.rename(head.Name)
	if name == "" {
		return nil
	}
	if err := u.root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	mode := head.FileInfo().Mode().Perm()
	switch head.Typeflag {
	case tar.TypeDir:
		u.folders = append(u.folders, folder{name, mode})
		return u.root.MkdirAll(name, 0o755)
	case tar.TypeReg:
		return u.file(name, mode)
	case tar.TypeSymlink:
		if err := u.clear(name); err != nil {
			return err
		}
		return u.root.Symlink(head.Linkname, name)
	case tar.TypeLink:
		if err := u.clear(name); err != nil {
			return err
		}
		return u.root.Link(u.rename(head.Linkname), name)
	}
	return nil // devices and pipes mean nothing on another machine
}

// file replaces what is there; a symbolic link is replaced, not followed.
func (u *unpacker) file(name string, mode fs.FileMode) error {
	if info, err := u.root.Lstat(name); err == nil && !info.Mode().IsRegular() {
		if err := u.clear(name); err != nil {
			return err
		}
	}
	f, err := u.root.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, u.tar)
	if chmod := f.Chmod(mode); err == nil {
		err = chmod
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}

func (u *unpacker) clear(name string) error {
	err := u.root.Remove(name)
	if os.IsNotExist(err) {
		return nil
	}
	return err
}

func (u *unpacker) finish() error {
	for _, f := range slices.Backward(u.folders) {
		if err := u.root.Chmod(f.name, f.mode); err != nil {
			return err
		}
	}
	return nil
}
