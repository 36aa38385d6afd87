package mirror

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"golang.org/x/sys/unix"
)

// attributes sets owner, mode, extended attributes and times of a copy as its source has them.
// The order counts: a change of owner takes set-user-id bits and capabilities away, and
// everything else sets times.
func attributes(source, copied string, st *syscall.Stat_t) error {
	if err := unix.Lchown(copied, int(st.Uid), int(st.Gid)); err != nil {
		return &fs.PathError{Op: "chown", Path: copied, Err: err}
	}
	link := st.Mode&unix.S_IFMT == unix.S_IFLNK
	if !link {
		if err := unix.Chmod(copied, st.Mode&0o7777); err != nil {
			return &fs.PathError{Op: "chmod", Path: copied, Err: err}
		}
	}
	if err := extended(source, copied); err != nil {
		return err
	}
	times := []unix.Timespec{unix.Timespec(st.Atim), unix.Timespec(st.Mtim)}
	if err := unix.UtimesNanoAt(unix.AT_FDCWD, copied, times, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return &fs.PathError{Op: "set times", Path: copied, Err: err}
	}
	return nil
}

// extended makes the extended attributes of a copy those of its source.
func extended(source, copied string) error {
	want, err := attributesOf(source)
	if err != nil {
		return err
	}
	have, err := attributesOf(copied)
	if err != nil {
		return err
	}
	for name := range have {
		if _, ok := want[name]; ok {
			continue
		}
		if err := unix.Lremovexattr(copied, name); err != nil {
			return fmt.Errorf("remove attribute %s of %s: %w", name, copied, err)
		}
	}
	for name, value := range want {
		if old, ok := have[name]; ok && bytes.Equal(old, value) {
			continue
		}
		if err := unix.Lsetxattr(copied, name, value, 0); err != nil {
			return fmt.Errorf("set attribute %s of %s: %w", name, copied, err)
		}
	}
	return nil
}

func attributesOf(path string) (map[string][]byte, error) {
	list, err := grown(func(b []byte) (int, error) { return unix.Llistxattr(path, b) })
	if errors.Is(err, unix.ENOTSUP) {
		return nil, nil
	}
	if err != nil {
		return nil, &fs.PathError{Op: "list attributes", Path: path, Err: err}
	}
	all := map[string][]byte{}
	for raw := range bytes.SplitSeq(bytes.TrimRight(list, "\x00"), []byte{0}) {
		name := string(raw)
		if name == "" {
			continue
		}
		value, err := grown(func(b []byte) (int, error) { return unix.Lgetxattr(path, name, b) })
		if errors.Is(err, unix.ENODATA) {
			continue // gone meanwhile
		}
		if err != nil {
			return nil, &fs.PathError{Op: "read attribute " + name, Path: path, Err: err}
		}
		all[name] = value
	}
	return all, nil
}

// grown calls read with a buffer large enough for its answer.
func grown(read func([]byte) (int, error)) ([]byte, error) {
	for size := 256; ; size *= 4 {
		b := make([]byte, size)
		n, err := read(b)
		if err == nil {
			return b[:n], nil
		}
		if !errors.Is(err, unix.ERANGE) || size > 1<<20 {
			return nil, err
		}
	}
}
