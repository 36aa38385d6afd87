package server

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"sync"

	"github.com/ferry-project/ferry/internal/api/unixsock"
)

// UnixListener listens on a socket file. It lets in its own user, root and, when a
// group was named, whoever the file's mode lets in.
type UnixListener struct {
	path string
	gid  int

	mu     sync.Mutex
	bound  *bound
	closed bool
}

// bound is a socket and the file that leads to it.
type bound struct {
	*net.UnixListener
	file fs.FileInfo
}

// Accept waits for a caller. A socket file that is replaced does not end it.
func (l *UnixListener) Accept() (net.Conn, error) {
	for {
		b, _ := l.now()
		conn, err := b.AcceptUnix()
		if err != nil {
			if now, closed := l.now(); now == b || closed {
				return nil, err
			}
			continue
		}
		if l.admits(conn) {
			return conn, nil
		}
		_ = conn.Close()
	}
}

func (l *UnixListener) now() (b *bound, closed bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.bound, l.closed
}

// admits looks at who calls, for the case that the socket was reached by another
// way than its file, whose mode says the same.
func (l *UnixListener) admits(conn *net.UnixConn) bool {
	uid, err := unixsock.Peer(conn)
	return err == nil && (l.gid != noGroup || uid == 0 || uid == os.Geteuid())
}

// Heal puts the socket's file in its place again when it is not there, and reports
// whether it had to. Callers that are connected notice nothing.
func (l *UnixListener) Heal() (healed bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || l.bound.inPlace(l.path) {
		return false, nil
	}
	b, err := bind(l.path, l.gid)
	if err != nil {
		return false, err
	}
	old := l.bound
	l.bound = b
	return true, old.Close()
}

func (b *bound) inPlace(path string) bool {
	now, err := os.Lstat(path)
	return err == nil && os.SameFile(now, b.file)
}

// Close ends listening and removes the file, unless another server has put its own
// in the place. It may be called twice.
func (l *UnixListener) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var err error
	if l.bound.inPlace(l.path) {
		err = os.Remove(l.path)
	}
	l.closed = true
	return errors.Join(err, l.bound.Close())
}

// Addr returns the path that was asked for.
func (l *UnixListener) Addr() net.Addr { return &net.UnixAddr{Name: l.path, Net: "unix"} }
