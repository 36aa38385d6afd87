package enginetest

import (
	"io"
	"testing"

	"github.com/ferry-project/ferry/internal/engine"
)

// nodeRights: only a sealed node mounts, whatever capabilities another one has.
func (s *suite) nodeRights(t *testing.T) {
	admin := []string{"SYS_ADMIN"}
	for name, c := range map[string]struct {
		change func(*engine.Spec)
		code   int
	}{
		"sealed":            {func(sp *engine.Spec) { sp.Sealed, sp.Capabilities = true, admin }, 0},
		"not sealed":        {func(sp *engine.Spec) { sp.Capabilities = admin }, 1},
		"sealed, no rights": {func(sp *engine.Spec) { sp.Sealed = true }, 1},
	} {
		n := s.running(t, c.change)
		code, err := s.Exec(t.Context(), n, engine.Exec{Command: command("mount", "/tmp"), Stderr: io.Discard})
		if code != c.code || err != nil {
			t.Errorf("%s: a mount ended with %d (%v), want %d", name, code, err, c.code)
		}
	}
}

func (s *suite) volumeReadOnly(t *testing.T) {
	v := s.volume(t)
	writer := s.running(t, func(sp *engine.Spec) { sp.Mounts = []engine.Mount{{Volume: v, Path: "/data"}} })
	reader := s.running(t, func(sp *engine.Spec) { sp.Mounts = []engine.Mount{{Volume: v, Path: "/data", ReadOnly: true}} })
	s.tool(t, writer, "write", "/data/file", "of the writer")
	if out := s.tool(t, reader, "read", "/data/file"); out != "of the writer" {
		t.Errorf("the reader sees %q", out)
	}
	code, err := s.Exec(t.Context(), reader, engine.Exec{Command: command("write", "/data/file", "of the reader"), Stderr: io.Discard})
	if code == 0 || err != nil {
		t.Errorf("a write below a read-only mount ended with %d, %v", code, err)
	}
}
