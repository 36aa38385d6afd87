// Package unixsock dials and binds Unix sockets at paths of any length, and says
// who is at the other end.
package unixsock

import (
	"context"
	"errors"
	"net"
)

// longest is a path that every system takes as a socket's address.
const longest = 100

// Dial connects to the socket at path.
func Dial(ctx context.Context, path string) (*net.UnixConn, error) {
	var conn net.Conn
	err := reach(path, func(short string) error {
		var err error
		conn, err = (&net.Dialer{}).DialContext(ctx, "unix", short)
		return err
	})
	if err != nil {
		return nil, named(err, path)
	}
	return conn.(*net.UnixConn), nil
}

// Listen makes a socket at path. Closing the listener leaves the file.
func Listen(path string) (*net.UnixListener, error) {
	var ln *net.UnixListener
	err := reach(path, func(short string) error {
		var err error
		ln, err = net.ListenUnix("unix", &net.UnixAddr{Name: short, Net: "unix"})
		return err
	})
	if err != nil {
		return nil, named(err, path)
	}
	ln.SetUnlinkOnClose(false)
	return ln, nil
}

// named puts the path that the caller knows into an error.
func named(err error, path string) error {
	if op, ok := errors.AsType[*net.OpError](err); ok {
		op.Addr = &net.UnixAddr{Name: path, Net: "unix"}
	}
	return err
}
