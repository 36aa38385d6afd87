//go:build !linux

package docker

import "errors"

// unmounting is known on Linux only, where the library that has Docker's profile
// can be built: the server of a stack with Gluster must run there.
func unmounting() (string, error) {
	return "", errors.New("Docker's profile of system calls is not known here; run the server on Linux")
}
