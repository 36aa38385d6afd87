package unixsock_test

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ferry-project/ferry/internal/api/unixsock"
)

// deep returns a folder whose sockets no address holds.
func deep(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), strings.Repeat("deep/", 40))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestSocketsAtPathsOfAnyLength(t *testing.T) {
	for _, dir := range []string{t.TempDir(), deep(t)} {
		path := filepath.Join(dir, "s")
		ln, err := unixsock.Listen(path)
		if err != nil {
			t.Fatal(err)
		}
		defer ln.Close()
		if info, err := os.Lstat(path); err != nil || info.Mode()&fs.ModeSocket == 0 {
			t.Errorf("no socket at %s: %v", path, err)
		}
		c, err := unixsock.Dial(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if uid, err := unixsock.Peer(c); err != nil || uid != os.Getuid() {
			t.Errorf("the peer of %s is %d, %v", path, uid, err)
		}
	}
}

func TestErrorsNameThePathThatWasAskedFor(t *testing.T) {
	for _, path := range []string{filepath.Join(t.TempDir(), "s"), filepath.Join(deep(t), "s")} {
		_, err := unixsock.Dial(context.Background(), path)
		if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), path) {
			t.Errorf("dial: %v", err)
		}
		if _, err := unixsock.Dial(context.Background(), filepath.Join(path, "x")); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("dial below what is not there: %v", err)
		}
		if _, err := unixsock.Listen(filepath.Join(path, "x")); err == nil {
			t.Error("listened below what is not there")
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		var op *net.OpError
		if _, err := unixsock.Listen(path); !errors.As(err, &op) || !strings.Contains(err.Error(), path) {
			t.Errorf("listen on a file: %v", err)
		}
	}
}
