package server

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api/unixsock"
)

// ListenUnix listens on a socket file that only its owner may use or, with a group
// (name or number), the group's members too. A missing directory is made, and a
// group may pass through it. A socket file that nobody answers on is replaced; one
// that a server answers on is ferry.Conflict. Closing the listener removes the file.
func ListenUnix(path, group string) (*UnixListener, error) {
	gid, err := groupID(group)
	if err != nil {
		return nil, err
	}
	l := &UnixListener{path: path, gid: gid}
	if err := makeDir(filepath.Dir(path), gid); err != nil {
		return nil, fmt.Errorf("directory of the socket: %w", err)
	}
	if l.bound, err = bind(path, gid); err != nil {
		return nil, err
	}
	return l, nil
}

func bind(path string, gid int) (*bound, error) {
	if err := vacant(path); err != nil {
		return nil, err
	}
	b, err := bindPrivately(path, gid)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", path, err)
	}
	return b, nil
}

// noGroup is the gid that leaves a file's group as it is.
const noGroup = -1

func groupID(group string) (int, error) {
	if group == "" {
		return noGroup, nil
	}
	if gid, err := strconv.Atoi(group); err == nil && gid >= 0 {
		return gid, nil
	}
	g, err := user.LookupGroup(group)
	if err != nil {
		return 0, ferry.Errorf(ferry.Invalid, "no group %q on this machine", group)
	}
	return strconv.Atoi(g.Gid)
}

// makeDir makes the directory when it is missing. Members of the group may pass
// through it to the socket; they see and reach nothing else.
func makeDir(dir string, gid int) error {
	if err := os.MkdirAll(dir, 0o700); err != nil || gid == noGroup {
		return err
	}
	if err := os.Chown(dir, -1, gid); err != nil {
		return err
	}
	return os.Chmod(dir, 0o710) //nolint:gosec // a group that was named may use the socket
}

// vacant makes sure that no server answers on path.
func vacant(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("socket: %w", err)
	case info.Mode()&fs.ModeSocket == 0:
		return ferry.Errorf(ferry.Conflict, "%s exists and is not a socket", path)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	conn, err := unixsock.Dial(ctx, path)
	switch {
	case err == nil:
		_ = conn.Close()
		return ferry.Errorf(ferry.Conflict, "a server already listens on %s", path)
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, fs.ErrNotExist):
		return nil
	}
	return ferry.Errorf(ferry.Conflict, "%s may be in use: %w", path, err)
}

// bindPrivately binds in a directory of its own and moves the file into place once
// its mode is right: at no moment can anybody else connect, whatever the umask.
func bindPrivately(path string, gid int) (*bound, error) {
	dir, err := os.MkdirTemp(filepath.Dir(path), ".s")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // empty by then, or the listener failed
	private := filepath.Join(dir, "s")
	ln, err := unixsock.Listen(private)
	if err != nil {
		return nil, err
	}
	info, err := place(private, path, gid)
	if err != nil {
		return nil, errors.Join(err, ln.Close())
	}
	return &bound{UnixListener: ln, file: info}, nil
}

func place(private, path string, gid int) (fs.FileInfo, error) {
	mode := fs.FileMode(0o600)
	if gid != noGroup {
		mode = 0o660
		if err := os.Chown(private, -1, gid); err != nil {
			return nil, err
		}
	}
	if err := os.Chmod(private, mode); err != nil {
		return nil, err
	}
	if err := os.Rename(private, path); err != nil {
		return nil, err
	}
	return os.Lstat(path)
}
