// Package archive turns files and folders of the host into tars and back, as
// `ferry cp`, `ferry logs --to` and `ferry start -b` need them.
package archive

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// Pack writes src, a file or a folder with all that is in it, as name and
// name/…; with the name "." a folder's content stands at the top. Modes and
// symbolic links are kept, sockets and devices left out. Everything belongs to
// root: the ids of this machine mean nothing on another.
func Pack(w io.Writer, src, name string) error {
	p := packer{tar: tar.NewWriter(w)}
	err := filepath.WalkDir(src, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(src, file)
		if err != nil {
			return err
		}
		return p.add(file, path.Join(name, filepath.ToSlash(rel)), d)
	})
	if err != nil {
		return fmt.Errorf("pack %s: %w", src, err)
	}
	return p.tar.Close()
}

type packer struct{ tar *tar.Writer }

func (p packer) add(file, name string, d fs.DirEntry) error {
	info, err := d.Info()
	if err != nil {
		return err
	}
	target := ""
	switch kind := info.Mode().Type(); kind {
	case 0, fs.ModeDir:
	case fs.ModeSymlink:
		if target, err = os.Readlink(file); err != nil {
			return err
		}
	default:
		return nil
	}
	head, err := tar.FileInfoHeader(info, filepath.ToSlash(target))
	if err != nil {
		return err
	}
	head.Name = name
	if info.IsDir() {
		head.Name += "/"
	}
	head.Uid, head.Gid, head.Uname, head.Gname = 0, 0, "", ""
	if err := p.tar.WriteHeader(head); err != nil || !info.Mode().IsRegular() {
		return err
	}
	return p.content(file, head.Size)
}

// content copies exactly as much as the header promised: a log may grow meanwhile.
func (p packer) content(file string, size int64) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.CopyN(p.tar, f, size)
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("%s became shorter while it was read", file)
	}
	return err
}

// Stream packs in the background while the result is read; closing it ends the packing.
func Stream(src, name string) io.ReadCloser {
	r, w := io.Pipe()
	go func() { w.CloseWithError(Pack(w, src, name)) }()
	return r
}

// Unpack writes a tar into the folder dir, which exists. The tar's first entry
// and what is below it get the name as, unless that is "". Nothing is written
// outside dir, whatever the tar says. Modes are kept; the owner is the caller.
func Unpack(r io.Reader, dir, as string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	u := unpacker{root: root, as: as, tar: tar.NewReader(r)}
	for {
		head, err := u.tar.Next()
		if errors.Is(err, io.EOF) {
			return u.finish()
		}
		if err != nil {
			return fmt.Errorf("unpack into %s: %w", dir, err)
		}
		if err := u.entry(head); err != nil {
			return fmt.Errorf("unpack %s into %s: %w", head.Name, dir, err)
		}
	}
}

// rename gives the name an entry is written as: the first entry decides what
// `as` stands for.
func (u *unpacker) rename(name string) string {
	name = path.Clean("/" + name)[1:]
	if u.as == "" {
		return name
	}
	if !u.named {
		u.first, u.named = name, true
	}
	rest := name
	if u.first != "" {
		rest = strings.TrimPrefix(strings.TrimPrefix(name, u.first), "/")
	}
	return path.Join(u.as, rest)
}
