package mirror

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"debug/elf"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
)

// Program is a file that runs Serve when it is called with the one word mirror. What is
// found out about it once holds for good.
type Program struct {
	file   string
	alone  error
	digest func() (string, error)
}

// ProgramOf looks at the file once.
func ProgramOf(file string) Program {
	return Program{file: file, alone: standsAlone(file), digest: sync.OnceValues(func() (string, error) {
		content, err := os.ReadFile(file)
		sum := sha256.Sum256(content)
		return hex.EncodeToString(sum[:6]), err
	})}
}

// Alone says why the program cannot run where nothing else is; nil: it can.
func (p Program) Alone() error { return p.alone }

// Digest tells two programs apart: twelve digits of a sum over all of one. It is computed
// when it is first asked for.
func (p Program) Digest() (string, error) { return p.digest() }

// Tar returns an archive of the program alone, under the name ferry.
func (p Program) Tar() (io.Reader, error) {
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

// standsAlone refuses a program that needs a loader, which an empty image lacks.
func standsAlone(file string) error {
	opened, err := os.Open(file)
	if err != nil {
		return err
	}
	defer func() { _ = opened.Close() }()
	f, err := elf.NewFile(opened)
	if err != nil {
		return fmt.Errorf("%s is no program of Linux: %w", file, err)
	}
	defer func() { _ = f.Close() }()
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			return errors.New(file + " is linked dynamically and runs on this machine only; build it with CGO_ENABLED=0")
		}
	}
	return nil
}
