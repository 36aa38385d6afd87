package archive

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
)

// Modes of what the tar says nothing about, before the umask.
const newFolder = 0o777

type unpacker struct {
	want  Copy
	tar   *tar.Reader
	at    *os.Root // the folder that was there
	root  *os.Root // the copied folder, once it has begun to come
	begun bool     // something has come
	// folders that were made get their mode at the end: a read-only one must be
	// filled first.
	folders []folder
	left    []string
}

type folder struct {
	in   *os.Root
	name string
	mode fs.FileMode
}

func (u *unpacker) close() {
	if u.root != nil {
		_ = u.root.Close()
	}
}

func (u *unpacker) write(ctx context.Context, in *os.Root, name string, head *tar.Header) error {
	mode := head.FileInfo().Mode()
	switch head.Typeflag {
	case tar.TypeDir:
		return u.mkdir(in, name, mode.Perm())
	case tar.TypeReg, tar.TypeCont, tar.TypeGNUSparse:
		return u.file(ctx, in, name, head)
	case tar.TypeSymlink:
		return link(in, name, func() error { return in.Symlink(head.Linkname, name) })
	case tar.TypeLink:
		to, ok := below(u.want.Name, head.Linkname)
		if !ok || u.root == nil {
			return fmt.Errorf("the node sent %q as a link to %q, which was not asked for", head.Name, head.Linkname)
		}
		return link(in, name, func() error { return in.Link(to, name) })
	case tar.TypeChar, tar.TypeBlock, tar.TypeFifo:
		if u.root == nil {
			return fmt.Errorf("%s is a %s, which cannot be copied", u.want.Name, Kind(mode))
		}
		u.left = append(u.left, fmt.Sprintf("%s (a %s)", head.Name, Kind(mode)))
		return nil
	}
	return fmt.Errorf("the node sent %q as a thing of an unknown kind %q", head.Name, head.Typeflag)
}

// mkdir makes a folder unless it is there. The kernel takes the umask off.
func (u *unpacker) mkdir(in *os.Root, name string, mode fs.FileMode) error {
	info, err := in.Lstat(name)
	switch {
	case err == nil && info.IsDir():
		return nil
	case err == nil && info.Mode().Type() == fs.ModeSymlink:
		err = in.Remove(name)
	case err == nil:
		return fmt.Errorf("%s is a file; a folder cannot be copied onto it", name)
	case errors.Is(err, fs.ErrNotExist):
		err = nil
	}
	if err != nil {
		return err
	}
	if err := in.Mkdir(name, mode|0o700); err != nil {
		return err
	}
	u.folders = append(u.folders, folder{in, name, mode})
	return nil
}

// file writes into the file that is there, which keeps its mode, or makes one.
func (u *unpacker) file(ctx context.Context, in *os.Root, name string, head *tar.Header) error {
	info, err := in.Lstat(name)
	if err == nil && !info.Mode().IsRegular() {
		err = makeRoom(in, name)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	const flags = os.O_CREATE | os.O_WRONLY | os.O_TRUNC
	mode := head.FileInfo().Mode().Perm()
	f, err := in.OpenFile(name, flags, mode)
	if errors.Is(err, fs.ErrPermission) && in.Remove(name) == nil { // read-only: as `cp -f`
		f, err = in.OpenFile(name, flags, mode)
	}
	if err != nil {
		return err
	}
	if isSparse(head) {
		err = fill(ctx, f, u.tar, head.Size)
	} else {
		_, err = io.Copy(f, u.tar)
	}
	return errors.Join(err, f.Close())
}

// link makes a link in place of what is there.
func link(in *os.Root, name string, linked func() error) error {
	if err := makeRoom(in, name); err != nil {
		return err
	}
	return linked()
}

// makeRoom takes away what is in the way of a file or a link, but never a folder.
func makeRoom(in *os.Root, name string) error {
	info, err := in.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.IsDir():
		return fmt.Errorf("%s is a folder; a file cannot be copied onto it", name)
	}
	return in.Remove(name)
}

// finish takes from the folders that were made the rights they needed meanwhile.
func (u *unpacker) finish() error {
	for _, f := range slices.Backward(u.folders) {
		info, err := f.in.Lstat(f.name)
		if err != nil {
			return err
		}
		left := info.Mode() & (f.mode | fs.ModeSetgid)
		if !info.IsDir() || left == info.Mode()&(fs.ModePerm|fs.ModeSetgid) {
			continue
		}
		if err := f.in.Chmod(f.name, left); err != nil {
			return err
		}
	}
	return nil
}
