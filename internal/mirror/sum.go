package mirror

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Sum says what a folder holds.
type Sum struct {
	// Digest is over the paths, kinds, sizes and times of change of everything in it: of
	// a copy that nobody is to change, any change shows, and no content has to be read.
	Digest string `json:"digest"`
	Files  int64  `json:"files"` // no folders
	Bytes  int64  `json:"bytes"` // on disk
}

// SumOf sums up a folder.
func SumOf(root string) (Sum, error) {
	var s Sum
	all := sha256.New()
	seen := map[uint64]bool{}
	err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		var st unix.Stat_t
		if err := unix.Lstat(path, &st); err != nil {
			return &fs.PathError{Op: "lstat", Path: path, Err: err}
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		fmt.Fprintf(all, "%q %o %d %d %d.%d\n", name, st.Mode, st.Ino, st.Size, st.Ctim.Sec, st.Ctim.Nsec)
		if st.Mode&unix.S_IFMT != unix.S_IFDIR {
			s.Files++
		}
		if !seen[st.Ino] {
			s.Bytes += st.Blocks * 512
		}
		seen[st.Ino] = true
		return nil
	})
	s.Digest = hex.EncodeToString(all.Sum(nil))
	return s, err
}
