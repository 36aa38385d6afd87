package mirror

import (
	"archive/tar"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestProgram(t *testing.T) {
	file := filepath.Join(t.TempDir(), "program")
	do(t, os.WriteFile(file, []byte("not a program"), 0o755))
	p := ProgramOf(file)
	if err := p.Alone(); err == nil || !strings.Contains(err.Error(), "no program of Linux") {
		t.Errorf("a text runs alone: %v", err)
	}
	if err := ProgramOf("").Alone(); err == nil {
		t.Error("no program runs alone")
	}
	digest, err := p.Digest()
	do(t, err)
	do(t, os.WriteFile(file, []byte("another text!"), 0o755))
	if other, err := ProgramOf(file).Digest(); err != nil || other == digest || len(digest) != 12 {
		t.Errorf("digests %s and %s, %v", digest, other, err)
	}
	packed, err := p.Tar()
	do(t, err)
	entries := tar.NewReader(packed)
	h, err := entries.Next()
	do(t, err)
	if content, err := io.ReadAll(entries); err != nil || h.Name != "ferry" || h.Mode != 0o755 || string(content) != "another text!" {
		t.Errorf("%s %o holds %q, %v", h.Name, h.Mode, content, err)
	}
}
