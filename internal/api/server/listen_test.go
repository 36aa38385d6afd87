package server_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api/server"
)

// place returns a path that is short enough for a socket, in a directory yet to be made.
func place(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "fy")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return filepath.Join(dir, "run", "s")
}

func listen(t *testing.T, path, group string) *server.UnixListener {
	t.Helper()
	ln, err := server.ListenUnix(path, group)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	return ln
}

func mode(t *testing.T, path string) fs.FileMode {
	t.Helper()
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().Perm()
}

func TestSocketIsPrivateWhateverTheUmask(t *testing.T) {
	for _, umask := range []int{0, 0o022, 0o077} {
		path := place(t)
		old := syscall.Umask(umask)
		ln, err := server.ListenUnix(path, "")
		syscall.Umask(old)
		if err != nil {
			t.Fatal(err)
		}
		if m := mode(t, path); m != 0o600 {
			t.Errorf("umask %o: mode %o, want 600", umask, m)
		}
		ln.Close()
	}
}

func TestSocketOfAGroup(t *testing.T) {
	gid := strconv.Itoa(os.Getgid())
	path := place(t)
	listen(t, path, gid)
	if m := mode(t, path); m != 0o660 {
		t.Errorf("socket: mode %o, want 660", m)
	}
	if m := mode(t, filepath.Dir(path)); m != 0o710 {
		t.Errorf("directory: mode %o, want 710", m)
	}
	_, err := server.ListenUnix(place(t), "no-such-group-here")
	if ferry.CodeOf(err) != ferry.Invalid {
		t.Errorf("unknown group: %v", err)
	}
}

func TestSocketDirectoryIsMadePrivateAndNothingIsLeft(t *testing.T) {
	path := place(t)
	ln := listen(t, path, "")
	if m := mode(t, filepath.Dir(path)); m != 0o700 {
		t.Errorf("directory: mode %o, want 700", m)
	}
	if got := ln.Addr().String(); got != path {
		t.Errorf("address %q", got)
	}
	ln.Close()
	left, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestSocketOfADeadServerIsReplaced(t *testing.T) {
	path := place(t)
	first := listen(t, path, "")
	if err := os.Link(path, path+"2"); err != nil {
		t.Fatal(err)
	}
	first.Close()
	if err := os.Rename(path+"2", path); err != nil {
		t.Fatal(err)
	}
	listen(t, path, "")
	conn, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
}

func TestSocketOfALivingServerIsNotTaken(t *testing.T) {
	path := place(t)
	listen(t, path, "")
	_, err := server.ListenUnix(path, "")
	if ferry.CodeOf(err) != ferry.Conflict || !strings.Contains(err.Error(), "already listens") {
		t.Errorf("got %v", err)
	}
	if err := os.WriteFile(path+"file", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err = server.ListenUnix(path+"file", ""); ferry.CodeOf(err) != ferry.Conflict {
		t.Errorf("a file in the way: %v", err)
	}
}

func TestCloseLeavesTheSocketOfASuccessor(t *testing.T) {
	path := place(t)
	first := listen(t, path, "")
	if err := os.Remove(path); err != nil { // as someone cleaning up would
		t.Fatal(err)
	}
	listen(t, path, "")
	first.Close()
	if _, err := os.Lstat(path); err != nil {
		t.Errorf("the successor's socket is gone: %v", err)
	}
}

// answer takes one caller and sends it a word.
func answer(ln net.Listener, word string) {
	if conn, err := ln.Accept(); err == nil {
		_, _ = conn.Write([]byte(word))
		conn.Close()
	}
}

func heard(t *testing.T, path string) string {
	t.Helper()
	conn, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	b, _ := io.ReadAll(conn)
	return string(b)
}

func TestSocketFileIsPutInPlaceAgain(t *testing.T) {
	path := place(t)
	ln := listen(t, path, "")
	if healed, err := ln.Heal(); healed || err != nil {
		t.Errorf("nothing was wrong: %v, %v", healed, err)
	}
	accepting := make(chan struct{})
	go func() { defer close(accepting); answer(ln, "still here") }()
	if err := os.RemoveAll(filepath.Dir(path)); err != nil {
		t.Fatal(err)
	}
	if _, err := ln.Heal(); err == nil {
		t.Error("healed without a folder")
	}
	if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if healed, err := ln.Heal(); !healed || err != nil {
		t.Fatalf("not healed: %v", err)
	}
	if got := heard(t, path); got != "still here" {
		t.Errorf("got %q from who waited before", got)
	}
	if m := mode(t, path); m != 0o600 {
		t.Errorf("mode %o", m)
	}
	<-accepting
	ln.Close()
	if healed, err := ln.Heal(); healed || err != nil {
		t.Errorf("healed after its end: %v, %v", healed, err)
	}
	if _, err := os.Lstat(path); err == nil {
		t.Error("the file is left")
	}
}

func TestHealLeavesTheSocketOfASuccessor(t *testing.T) {
	path := place(t)
	first := listen(t, path, "")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	listen(t, path, "")
	if healed, err := first.Heal(); healed || ferry.CodeOf(err) != ferry.Conflict {
		t.Errorf("took it from its successor: %v, %v", healed, err)
	}
}

func TestListenTLSWithoutACertificate(t *testing.T) {
	_, err := server.ListenTLS("127.0.0.1:0", "/nowhere/cert", "/nowhere/key")
	if ferry.CodeOf(err) != ferry.Invalid {
		t.Errorf("got %v", err)
	}
}

func TestServeTellsOfABrokenListener(t *testing.T) {
	ln := listen(t, place(t), "")
	ln.Close()
	err := server.Serve(context.Background(), ln, http.HandlerFunc(yes), nil)
	if !errors.Is(err, net.ErrClosed) {
		t.Errorf("got %v", err)
	}
}
