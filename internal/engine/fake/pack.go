package fake

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"strings"

	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/mirror"
)

// PackVolume writes the files of a volume by name.
func (e *Engine) PackVolume(ctx context.Context, name string, _ map[string]string, w io.Writer) error {
	var files tree
	err := e.do(ctx, Call{Name: "pack-volume", Target: name}, func() error {
		if err := without(e.Facts.Features.Copy, "carry volumes"); err != nil {
			return err
		}
		v, ok := e.volumes[name]
		if !ok {
			return fmt.Errorf("%w: volume %s", engine.ErrNotFound, name)
		}
		files = maps.Clone(v.files)
		return nil
	})
	if err != nil {
		return err
	}
	t := tar.NewWriter(w)
	for _, path := range sorted(files) {
		f := files[path]
		if f.hdr.Name = strings.TrimPrefix(path, "/"); f.hdr.Name == "" {
			f.hdr.Name = "."
		}
		if err := t.WriteHeader(&f.hdr); err != nil {
			return err
		}
		if _, err := t.Write(f.data); err != nil {
			return err
		}
	}
	return t.Close()
}

// UnpackVolume refuses what no volume is filled with.
func (e *Engine) UnpackVolume(ctx context.Context, name string, _ map[string]string, r io.Reader) error {
	var seen bytes.Buffer
	for t := tar.NewReader(io.TeeReader(r, &seen)); ; {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("%w: %w", engine.ErrRefused, err)
		}
		if err := mirror.Acceptable(h); err != nil && h.Typeflag != tar.TypeXGlobalHeader {
			return fmt.Errorf("%w: %w", engine.ErrRefused, err)
		}
	}
	files, err := readTree(&seen, "/")
	if err != nil {
		return err
	}
	return e.do(ctx, Call{Name: "unpack-volume", Target: name}, func() error {
		v, ok := e.volumes[name]
		if !ok {
			return fmt.Errorf("%w: volume %s", engine.ErrNotFound, name)
		}
		delete(files, "/")
		v.files = files
		return nil
	})
}
