// Package archive turns files and folders of the host into tars and back, as
// `ferry cp`, `ferry logs --to` and `ferry start -b` need them. What it unpacks
// may come from a node that lies: see Copy.
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
	"time"
)

// Source is a file or folder of the host on its way into a tar.
type Source struct {
	Path string // on the host
	// Name is what the tar calls it; with "." a folder's content stands at the top.
	Name string
	// Skip reports whether a part of it, by its path below Path, stays behind; with
	// the error fs.SkipDir all that lies in a folder does. nil: all of it goes.
	Skip func(name string, folder bool) (bool, error)
}

// Pack writes the source with all that is in it. Modes, symbolic links and holes
// are kept. Everything belongs to root: the ids of this machine mean nothing on
// another. What is no file, folder or link cannot go, and is returned by name.
func (s Source) Pack(w io.Writer) (left []string, err error) {
	p := packer{to: w, tar: tar.NewWriter(w)}
	err = filepath.WalkDir(s.Path, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(s.Path, file)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if stays, err := s.stays(rel, d); stays || err != nil {
			return err
		}
		return p.add(file, path.Join(s.Name, rel), d)
	})
	if err != nil {
		return nil, fmt.Errorf("pack %s: %w", s.Path, err)
	}
	return p.left, p.tar.Close()
}

func (s Source) stays(rel string, d fs.DirEntry) (bool, error) {
	if s.Skip == nil || rel == "." {
		return false, nil
	}
	return s.Skip(rel, d.IsDir())
}

// Stream packs in the background while the result is read.
func (s Source) Stream() *Stream {
	r, w := io.Pipe()
	out := &Stream{PipeReader: r, done: make(chan struct{})}
	go func() {
		defer close(out.done)
		left, err := s.Pack(w)
		out.left = left
		w.CloseWithError(err)
	}()
	return out
}

// Stream is a tar that is being made; closing it ends the packing.
type Stream struct {
	*io.PipeReader
	done chan struct{}
	left []string
}

// Left names what could not go into the tar, once that has been read.
func (s *Stream) Left() []string {
	<-s.done
	return s.left
}

type packer struct {
	to   io.Writer // what tar writes to
	tar  *tar.Writer
	left []string
}

func (p *packer) add(file, name string, d fs.DirEntry) error {
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
		p.left = append(p.left, fmt.Sprintf("%s (a %s)", name, Kind(kind)))
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
	head.ModTime = head.ModTime.Truncate(time.Second) // the writer rounds, to the future too
	head.Mode = int64(info.Mode().Perm())             // nobody's program becomes somebody else's
	head.Uid, head.Gid, head.Uname, head.Gname = 0, 0, "", ""
	if info.Mode().IsRegular() {
		return p.content(file, head)
	}
	return p.tar.WriteHeader(head)
}

// content writes exactly as much as the header promises: a log may grow meanwhile.
func (p *packer) content(file string, head *tar.Header) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	data := extents(f, head.Size)
	if len(data) == 1 && data[0].length == head.Size {
		if err = p.tar.WriteHeader(head); err == nil {
			err = copyAll(p.tar, f, data)
		}
	} else if err = p.sparse(head, data); err == nil {
		err = errors.Join(copyAll(p.to, f, data), p.pad(data))
	}
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("%s became shorter while it was read", file)
	}
	return err
}

func copyAll(w io.Writer, f io.ReaderAt, data []extent) error {
	for _, e := range data {
		if _, err := io.CopyN(w, io.NewSectionReader(f, e.offset, e.length), e.length); err != nil {
			return err
		}
	}
	return nil
}

// Kind returns the word for a thing that cannot be copied.
func Kind(mode fs.FileMode) string {
	switch {
	case mode&fs.ModeNamedPipe != 0:
		return "pipe"
	case mode&fs.ModeSocket != 0:
		return "socket"
	}
	return "device"
}
