//go:build linux || freebsd || darwin

package archive

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

const (
	// holeLeast is the least hole that is kept: a file written in strides has
	// millions of small ones, the list of which would be longer than they are.
	holeLeast = 64 << 10
	// extentsMost bounds the list; a reader takes one of a mebibyte at most.
	extentsMost = 20_000
)

// extents lists where the first size bytes of a file hold data. What cannot be
// found out counts as data.
func extents(f *os.File, size int64) []extent {
	all := []extent{{0, size}}
	if size < holeLeast {
		return all
	}
	var found []extent
	for at := int64(0); at < size; {
		data, err := f.Seek(at, unix.SEEK_DATA)
		if errors.Is(err, unix.ENXIO) {
			break // a hole to the end
		}
		if err != nil {
			return all
		}
		hole, err := f.Seek(data, unix.SEEK_HOLE)
		if err != nil || len(found) == extentsMost {
			return all
		}
		found = join(found, extent{min(data, size), min(hole, size) - min(data, size)})
		at = hole
	}
	return found
}

// join adds an extent, as a part of the last one when the hole between is small.
func join(found []extent, e extent) []extent {
	if n := len(found); n > 0 && e.offset-found[n-1].offset-found[n-1].length < holeLeast {
		found[n-1].length = e.offset + e.length - found[n-1].offset
		return found
	}
	if len(found) == 0 && e.offset < holeLeast {
		e = extent{0, e.offset + e.length}
	}
	if e.length == 0 {
		return found
	}
	return append(found, e)
}
