//go:build !(linux || freebsd || darwin)

package archive

import "os"

// extents of a file are not asked for on this system: it counts as full.
func extents(_ *os.File, size int64) []extent { return []extent{{0, size}} }
