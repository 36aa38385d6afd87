package enginetest

import (
	"archive/tar"
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/ferry-project/ferry/internal/engine"
)

// packVolumes: a volume that was carried elsewhere holds what it held, and the same
// content is the same bytes.
func (s *suite) packVolumes(t *testing.T) {
	ctx := t.Context()
	if lacks(t, s.has.Copy, func() error { return s.PackVolume(ctx, "any", nil, &bytes.Buffer{}) }) {
		return
	}
	from, to := s.volume(t), s.volume(t)
	s.tool(t, s.running(t, mounting(from)), "write", "/data/first", "one")
	var packed, again bytes.Buffer
	must(t, s.PackVolume(ctx, from, s.labels(), &packed))
	must(t, s.PackVolume(ctx, from, s.labels(), &again))
	if packed.Len() == 0 || !bytes.Equal(packed.Bytes(), again.Bytes()) {
		t.Errorf("packed twice it is %d bytes and %d others", packed.Len(), again.Len())
	}
	must(t, s.UnpackVolume(ctx, to, s.labels(), &packed))
	if out := s.tool(t, s.running(t, mounting(to)), "read", "/data/first"); out != "one" {
		t.Errorf("the copy holds %q", out)
	}
	want(t, "pack a volume that is not there", s.PackVolume(ctx, s.name("vol"), s.labels(), &packed), engine.ErrNotFound)
	want(t, "fill a volume that is not there", s.UnpackVolume(ctx, s.name("vol"), s.labels(), &again), engine.ErrNotFound)
	if err := s.PackVolume(ctx, from, s.labels(), broken{}); !errors.Is(err, errBroken) {
		t.Errorf("a writer that fails is reported as %v", err)
	}
	if err := s.UnpackVolume(ctx, s.volume(t), s.labels(), broken{}); !errors.Is(err, errBroken) && !errors.Is(err, engine.ErrRefused) {
		t.Errorf("a reader that fails is reported as %v", err)
	}
}

var errBroken = errors.New("broken")

// broken is a stream that fails at once.
type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errBroken }
func (broken) Read([]byte) (int, error)  { return 0, errBroken }

// packedByOthers: nothing outside the volume, and nothing that lends rights, comes in.
func (s *suite) packedByOthers(t *testing.T) {
	if !s.has.Copy {
		return
	}
	for says, h := range map[string]tar.Header{
		"no place":       {Typeflag: tar.TypeReg, Name: "../escaped", Mode: 0o644},
		"device":         {Typeflag: tar.TypeBlock, Name: "disk", Mode: 0o644},
		"set-user-id":    {Typeflag: tar.TypeReg, Name: "su", Mode: 0o4755},
		"security.capab": {Typeflag: tar.TypeReg, Name: "ping", Mode: 0o755, PAXRecords: map[string]string{"SCHILY.xattr.security.capability": "x"}},
	} {
		var b bytes.Buffer
		w := tar.NewWriter(&b)
		head := tar.Header{Typeflag: tar.TypeXGlobalHeader, PAXRecords: map[string]string{"FERRY.entries": "2", "FERRY.bytes": "0"}}
		root := tar.Header{Typeflag: tar.TypeDir, Name: ".", Mode: 0o755}
		must(t, w.WriteHeader(&head))
		must(t, w.WriteHeader(&root))
		must(t, w.WriteHeader(&h))
		must(t, w.Close())
		err := s.UnpackVolume(t.Context(), s.volume(t), s.labels(), &b)
		if !errors.Is(err, engine.ErrRefused) || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", h.Name, err)
		}
	}
}
