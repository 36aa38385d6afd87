package fake

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/ferry-project/ferry/internal/engine"
)

// tree is a file system: absolute, clean path → entry. Parents are implied.
type tree map[string]file

type file struct {
	hdr  tar.Header
	data []byte
}

// CopyTo unpacks a tar at path; what lies below a mount goes to its volume.
// Unlike a real engine it makes missing directories.
func (e *Engine) CopyTo(ctx context.Context, name, at string, r io.Reader) error {
	files, err := readTree(r, at)
	if err != nil {
		return fmt.Errorf("copy-to %s: %w", name, err)
	}
	return e.do(ctx, Call{Name: "copy-to", Target: name}, func() error {
		n, err := e.node(name)
		if err != nil {
			return err
		}
		e.put(n, files)
		return nil
	})
}

func (e *Engine) put(n *node, files tree) {
	for p, f := range files {
		t, inner := e.place(n, p)
		t[inner] = f
	}
}

// CopyFrom packs path; a path nobody has put there is ErrNotFound.
func (e *Engine) CopyFrom(ctx context.Context, name, from string) (out io.ReadCloser, err error) {
	err = e.do(ctx, Call{Name: "copy-from", Target: name}, func() error {
		n, err := e.node(name)
		if err != nil {
			return err
		}
		found := e.below(n, path.Clean(from))
		if len(found) == 0 {
			return fmt.Errorf("%w: path %s", engine.ErrNotFound, from)
		}
		packed, err := found.pack(path.Clean(from))
		out = io.NopCloser(packed)
		return err
	})
	return out, err
}

// File returns the content of a node's file.
func (e *Engine) File(name, at string) (content string, ok bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	n, err := e.node(name)
	if err != nil {
		return "", false
	}
	t, inner := e.place(n, path.Clean(at))
	f, ok := t[inner]
	return string(f.data), ok
}

// PutFile writes a node's file, as a program in it would, and reports whether it
// could: not where a volume is mounted read only.
func (e *Engine) PutFile(name, at, content string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	n, err := e.node(name)
	at = path.Clean(at)
	if err != nil || slices.ContainsFunc(n.spec.Mounts, func(m engine.Mount) bool { return m.ReadOnly && within(at, path.Clean(m.Path)) }) {
		return false
	}
	t, inner := e.place(n, at)
	t[inner] = file{hdr: tar.Header{Typeflag: tar.TypeReg, Mode: 0o644, Size: int64(len(content))}, data: []byte(content)}
	return true
}

// place finds the tree that p lies in, a volume's or the node's own, and its
// path there.
func (e *Engine) place(n *node, p string) (tree, string) {
	best, t := "", n.files
	for _, m := range n.spec.Mounts {
		at := path.Clean(m.Path)
		v, ok := e.volumes[m.Volume]
		if ok && within(p, at) && len(at) > len(best) {
			best, t = at, v.files
		}
	}
	if best == "" {
		return t, p
	}
	return t, path.Clean("/" + strings.TrimPrefix(p, best))
}

// below collects what the node sees at and under p.
func (e *Engine) below(n *node, p string) tree {
	found := tree{}
	for at, f := range n.files {
		if within(at, p) {
			found[at] = f
		}
	}
	for _, m := range n.spec.Mounts {
		if v, ok := e.volumes[m.Volume]; ok {
			for inner, f := range v.files {
				if at := path.Join(m.Path, inner); within(at, p) {
					found[at] = f
				}
			}
		}
	}
	return found
}

func within(p, dir string) bool {
	return p == dir || dir == "/" || strings.HasPrefix(p, dir+"/")
}

// pack makes a tar whose names begin with root's base name.
func (t tree) pack(root string) (*bytes.Reader, error) {
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	if _, ok := t[root]; !ok {
		t[root] = file{hdr: tar.Header{Typeflag: tar.TypeDir, Mode: 0o755}}
	}
	for _, p := range sorted(t) {
		f := t[p]
		f.hdr.Name = strings.TrimPrefix(path.Join(path.Base(root), strings.TrimPrefix(p, root)), "/")
		if f.hdr.Typeflag == tar.TypeDir {
			f.hdr.Name += "/"
		}
		if err := w.WriteHeader(&f.hdr); err != nil {
			return nil, err
		}
		if _, err := w.Write(f.data); err != nil {
			return nil, err
		}
	}
	return bytes.NewReader(buf.Bytes()), w.Close()
}

func readTree(r io.Reader, at string) (tree, error) {
	t := tree{}
	for tr := tar.NewReader(r); ; {
		hdr, err := tr.Next()
		if errors.Is(err, io.EOF) {
			return t, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read tar: %w", err)
		}
		data, err := io.ReadAll(tr)
		if err != nil {
			return nil, fmt.Errorf("read tar: %s: %w", hdr.Name, err)
		}
		hdr.PAXRecords = maps.Clone(hdr.PAXRecords)
		t[path.Join("/", at, hdr.Name)] = file{hdr: *hdr, data: data}
	}
}
