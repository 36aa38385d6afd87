//go:build !linux

package unixsock

import (
	"fmt"
	"net"
	"os"
)

func reach(path string, use func(short string) error) error {
	if len(path) <= longest {
		return use(path)
	}
	return fmt.Errorf("a socket's path has at most %d bytes on this system: %s", longest, path)
}

// Peer returns this user: that the folder of the socket is ours alone has to do
// where the other end cannot be asked for.
func Peer(*net.UnixConn) (uid int, err error) { return os.Getuid(), nil }
