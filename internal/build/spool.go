package build

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"os"
	"path"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/ignore"
)

// dockerfileMost bounds the size of a user's Dockerfile.
const dockerfileMost = 1 << 20

// folder is a user's folder as it has come, on disk: its Dockerfile may stand
// anywhere in the tar, and has to be read before the first byte is passed on.
type folder struct {
	file       *os.File
	dockerfile string
	ignored    ignore.List
}

// spool keeps a tar in home until the folder is closed.
func spool(home string, r io.Reader) (*folder, error) {
	if err := os.MkdirAll(home, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder for builds: %w", err)
	}
	f, err := os.CreateTemp(home, "connector-*.tar")
	if err != nil {
		return nil, fmt.Errorf("keep the connector's folder: %w", err)
	}
	d := &folder{file: f}
	if err := d.fill(r); err != nil {
		d.close()
		return nil, err
	}
	return d, nil
}

func (d *folder) close() {
	_ = d.file.Close()
	_ = os.Remove(d.file.Name())
}

func (d *folder) fill(r io.Reader) error {
	if _, err := io.Copy(d.file, r); err != nil {
		return fmt.Errorf("receive the connector's folder: %w", err)
	}
	found, ignored := false, ""
	err := d.each(func(h *tar.Header, content io.Reader) error {
		name := clean(h.Name)
		if h.Typeflag != tar.TypeReg || name != "Dockerfile" && name != ignore.File {
			return nil
		}
		data, err := io.ReadAll(io.LimitReader(content, dockerfileMost))
		if name == "Dockerfile" {
			d.dockerfile, found = string(data), true
			return err
		}
		ignored = string(data)
		return err
	})
	if err != nil {
		return ferry.Errorf(ferry.Invalid, "the connector's folder did not come as a tar: %w", err)
	}
	if !found {
		return ferry.Errorf(ferry.Invalid, "the connector's folder has no Dockerfile").
			WithHint("its first line is FROM one of Ferry's clients; ferry images ls lists them")
	}
	if d.ignored, err = ignore.Parse(ignore.File, ignored); err != nil {
		return ferry.Errorf(ferry.Invalid, "%w", err)
	}
	return nil
}

// each returns all entries of the tar.
func (d *folder) each(entry func(h *tar.Header, content io.Reader) error) error {
	if _, err := d.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	r := tar.NewReader(d.file)
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = entry(h, r)
		}
		if err != nil {
			return err
		}
	}
}

// stream returns the tar with files in place of its own of the same names, and
// without what .dockerignore names: the command line has left that out already,
// other clients need not know of it. Closing it ends the work behind it.
func (d *folder) stream(files []file) io.ReadCloser {
	r, w := io.Pipe()
	go func() { _ = w.CloseWithError(d.pack(w, files)) }()
	return r
}

func (d *folder) pack(to io.Writer, files []file) error {
	ours := map[string]bool{}
	for _, f := range files {
		ours[f.path] = true
	}
	w := tar.NewWriter(to)
	err := d.each(func(h *tar.Header, content io.Reader) error {
		name := clean(h.Name)
		if out, err := d.ignored.Match(name); out || err != nil || ours[name] {
			return err
		}
		if h.Typeflag == tar.TypeGNUSparse {
			h.Typeflag = tar.TypeReg // the reader fills its holes
		}
		if err := w.WriteHeader(h); err != nil {
			return err
		}
		_, err := io.Copy(w, content)
		return err
	})
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := put(w, f); err != nil {
			return err
		}
	}
	return w.Close()
}

func clean(name string) string { return path.Clean("/" + name)[1:] }
