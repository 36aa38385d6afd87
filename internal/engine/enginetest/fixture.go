package enginetest

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"time"
)

type entry struct {
	hdr  tar.Header
	data string
}

func archive(t *testing.T, entries ...entry) *bytes.Reader {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, e := range entries {
		e.hdr.Size = int64(len(e.data))
		must(t, w.WriteHeader(&e.hdr))
		_, err := io.WriteString(w, e.data)
		must(t, err)
	}
	must(t, w.Close())
	return bytes.NewReader(b.Bytes())
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// want checks an error's class.
func want(t *testing.T, doing string, err, class error) {
	t.Helper()
	if !errors.Is(err, class) {
		t.Errorf("%s: got %v, want %v", doing, err, class)
	}
}

// drop removes at a test's end, when its own context is over.
func drop(t *testing.T, remove func(context.Context, string) error, name string) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := remove(ctx, name); err != nil {
		t.Errorf("clean up: %v", err)
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port
}
