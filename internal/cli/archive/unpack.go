package archive

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// Copy says what a tar is to hold and where on the host it goes. The tar comes
// from a node and is not believed, as scp does not believe its server: whatever
// it says, nothing changes but what was asked for.
type Copy struct {
	// Name is what was asked for: every entry is called so or lies below it. With
	// "." all entries lie below.
	Name string
	// Folder is a folder of the host that exists.
	Folder string
	// As is what the copy is called in Folder; with "." what is in the folder that
	// is copied goes into Folder itself.
	As string
}

// ErrEmpty is the error of a tar that holds nothing.
var ErrEmpty = errors.New("nothing came")

// Unpack writes the copy. Links stay links and nothing is written through one
// that leads out of the copy; where a folder belongs, a link makes room for it.
// What is new gets its mode from the tar, less the caller's umask, and never
// more rights than that; what was there before keeps its own. The owner is the
// caller. Devices, pipes and sockets cannot be copied: left names them.
func (c Copy) Unpack(ctx context.Context, r io.Reader) (left []string, err error) {
	at, err := os.OpenRoot(c.Folder)
	if err != nil {
		return nil, err
	}
	defer at.Close()
	u := unpacker{want: c, at: at, tar: tar.NewReader(r)}
	defer u.close()
	err = u.all(ctx)
	if err == nil {
		_, err = io.Copy(io.Discard, r) // what went wrong in the node is said at the end
	}
	if err != nil {
		return nil, fmt.Errorf("copy into %s: %w", filepath.Join(c.Folder, c.As), err)
	}
	return u.left, nil
}

func (u *unpacker) all(ctx context.Context) error {
	for {
		head, err := u.tar.Next()
		switch {
		case errors.Is(err, io.EOF) && !u.begun:
			return ErrEmpty
		case errors.Is(err, io.EOF):
			return u.finish()
		case err != nil:
			return fmt.Errorf("the node sent no whole tar: %w", err)
		case head.Typeflag == tar.TypeXGlobalHeader:
			continue
		}
		if err := u.entry(ctx, head); err != nil {
			return err
		}
	}
}

// entry finds the place of an entry: the copy itself, or something in it.
func (u *unpacker) entry(ctx context.Context, head *tar.Header) error {
	rel, ok := below(u.want.Name, head.Name)
	folder := head.Typeflag == tar.TypeDir
	switch {
	case !ok, rel == "." && u.begun && !folder, rel != "." && u.begun && u.root == nil:
		return fmt.Errorf("the node sent %q, which was not asked for", head.Name)
	case rel == "." && !folder && u.want.As == ".":
		return fmt.Errorf("%s is not a folder", u.want.Name)
	case rel == "." && !folder:
		u.begun = true
		return u.write(ctx, u.at, u.want.As, head)
	}
	if err := u.open(head, rel == "."); err != nil || rel == "." {
		return err
	}
	if err := u.root.MkdirAll(path.Dir(rel), newFolder); err != nil {
		return err
	}
	return u.write(ctx, u.root, rel, head)
}

// open makes the folder that is copied, and holds on to it.
func (u *unpacker) open(head *tar.Header, itself bool) error {
	if u.root != nil {
		return nil
	}
	mode := fs.FileMode(newFolder)
	if itself {
		mode = head.FileInfo().Mode().Perm()
	}
	if u.want.As != "." {
		if err := u.mkdir(u.at, u.want.As, mode); err != nil {
			return err
		}
	}
	root, err := u.at.OpenRoot(u.want.As)
	u.root, u.begun = root, err == nil
	return err
}

// below returns where an entry lies in the copy of asked.
func below(asked, name string) (rel string, ok bool) {
	name = path.Clean(name)
	if path.IsAbs(name) || !filepath.IsLocal(filepath.FromSlash(name)) {
		return "", false
	}
	switch asked {
	case ".":
		return name, true
	case name:
		return ".", true
	}
	return strings.CutPrefix(name, asked+"/")
}
