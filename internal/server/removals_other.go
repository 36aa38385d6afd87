//go:build !linux

package server

import "errors"

func removals(string) (changed <-chan struct{}, stop func(), err error) {
	return nil, func() {}, errors.New("not on this system")
}
