package docker

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"debug/elf"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
)

// program is the one that copies volumes. It is a file of this very process, so what is
// found out about it once holds for good.
type program struct {
	file string
	err  error                  // why it cannot copy on the engine's machine
	ref  func() (string, error) // of the image that holds nothing else
}

func programOf(file string) program {
	return program{file: file, err: copies(file), ref: sync.OnceValues(func() (string, error) { return refOf(file) })}
}

// refOf names the image by what the program is.
func refOf(file string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", err
	}
	return "ferry/mirror:" + hex.EncodeToString(sum.Sum(nil)[:6]), nil
}

// image makes the image, unless it is there.
func (p program) image(ctx context.Context, images engine.Images) (string, error) {
	if p.err != nil {
		return "", fmt.Errorf("%w: copy volumes with %s: %w", errors.ErrUnsupported, p.file, p.err)
	}
	ref, err := p.ref()
	if err != nil {
		return "", fmt.Errorf("read the program that copies volumes: %w", err)
	}
	if _, ok, err := images.HasImage(ctx, ref); err != nil || ok {
		return ref, err
	}
	layer, err := p.layer()
	if err != nil {
		return "", fmt.Errorf("pack the program that copies volumes: %w", err)
	}
	return ref, images.ImportImage(ctx, ref, map[string]string{ferry.LabelRecipe: "mirror"}, layer)
}

// layer is a tar of the program alone.
func (p program) layer() (io.Reader, error) {
	content, err := os.ReadFile(p.file)
	if err != nil {
		return nil, err
	}
	var layer bytes.Buffer
	t := tar.NewWriter(&layer)
	header := &tar.Header{Typeflag: tar.TypeReg, Name: "ferry", Mode: 0o755, Size: int64(len(content))}
	if err := t.WriteHeader(header); err != nil {
		return nil, err
	}
	if _, err := t.Write(content); err != nil {
		return nil, err
	}
	return &layer, t.Close()
}

// copies says why a file is no program that can copy on the engine's machine: one that
// needs a loader, which an empty image lacks, is none.
func copies(file string) error {
	opened, err := os.Open(file)
	if err != nil {
		return err
	}
	defer func() { _ = opened.Close() }()
	f, err := elf.NewFile(opened)
	if err != nil {
		return fmt.Errorf("not a program of Linux: %w", err)
	}
	defer func() { _ = f.Close() }()
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			return fmt.Errorf("it is linked dynamically and runs on this machine only; build it with CGO_ENABLED=0")
		}
	}
	return nil
}
