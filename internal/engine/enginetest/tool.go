package enginetest

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// BuildTool compiles the program of the nodes, without any library of the host.
func BuildTool(t *testing.T) []byte {
	t.Helper()
	file := filepath.Join(t.TempDir(), "tool")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-ldflags=-s -w", "-o", file,
		"github.com/ferry-project/ferry/internal/engine/enginetest/tool")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build the tool: %v\n%s", err, out)
	}
	b, err := os.ReadFile(file)
	must(t, err)
	return b
}
