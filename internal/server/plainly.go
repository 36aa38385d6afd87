package server

import (
	"errors"
	"io/fs"
	"net"
	"os"

	"github.com/ferry-project/ferry"
)

// plainly puts a code on what the machine refused: a file, a socket, a lock. That
// is no defect of Ferry.
func plainly(err error) error {
	var known *ferry.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	_, file := errors.AsType[*fs.PathError](err)
	_, link := errors.AsType[*os.LinkError](err)
	_, call := errors.AsType[*os.SyscallError](err)
	_, network := errors.AsType[*net.OpError](err)
	if file || link || call || network {
		return &ferry.Error{Code: ferry.Unavailable, Message: err.Error(), Err: err}
	}
	return err
}
