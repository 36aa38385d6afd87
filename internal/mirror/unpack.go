package mirror

import (
	"archive/tar"
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Unpack fills an empty folder with what Pack has written. The tar is not believed: it is
// held to what Acceptable says and to the amounts that it begins with, for which there must
// be room, and each entry lies in a folder that was made before it. What is wrong with it
// is an ErrRefused; the folder is then filled in part.
func Unpack(r io.Reader, root string) error {
	folder, err := os.OpenRoot(root)
	if err != nil {
		return err
	}
	defer func() { _ = folder.Close() }()
	source := bufio.NewReaderSize(r, 1<<20)
	u := unpacking{at: root, root: folder, tar: tar.NewReader(source)}
	if err := u.head(); err != nil {
		return err
	}
	for {
		h, err := u.tar.Next()
		if errors.Is(err, io.EOF) {
			return errors.Join(u.leave(0), drained(source))
		}
		if err != nil {
			return fmt.Errorf("%w: the tar of a volume cannot be read: %w", ErrRefused, err)
		}
		if err := u.entry(h); err != nil {
			return err
		}
	}
}

// drained reads what follows the end of a tar, so that its writer is not cut off.
func drained(r io.Reader) error {
	_, err := io.Copy(io.Discard, r)
	return err
}

type unpacking struct {
	at   string
	root *os.Root
	tar  *tar.Reader
	// open are the folders that lead to the entry that came last, the root first: their
	// attributes are set when they are left.
	open           []*tar.Header
	entries, bytes int64 // that may still come
}

// head takes the amounts, and looks for room.
func (u *unpacking) head() error {
	h, err := u.tar.Next()
	if err != nil || h.Typeflag != tar.TypeXGlobalHeader {
		return fmt.Errorf("%w: the tar of a volume does not begin with what it holds", ErrRefused)
	}
	for record, into := range map[string]*int64{recordEntries: &u.entries, recordBytes: &u.bytes} {
		n, err := strconv.ParseInt(h.PAXRecords[record], 10, 64)
		if err != nil || n < 0 {
			return fmt.Errorf("%w: the tar of a volume does not say how much it holds", ErrRefused)
		}
		*into = n
	}
	var st unix.Statfs_t
	if err := unix.Statfs(u.at, &st); err != nil {
		return fmt.Errorf("look for room in %s: %w", u.at, err)
	}
	if free := int64(st.Bavail) * st.Bsize; free < u.bytes { //nolint:unconvert // as wide as the system has it
		return fmt.Errorf("%w: there is no room for it: a volume holds %d MB, and %d MB are free", ErrRefused, u.bytes>>20, free>>20)
	}
	return nil
}

func (u *unpacking) entry(h *tar.Header) error {
	if err := Acceptable(h); err != nil {
		return err
	}
	if u.entries--; u.entries < 0 {
		return fmt.Errorf("%w: a volume holds more than it says", ErrRefused)
	}
	h.Name = strings.TrimSuffix(h.Name, "/")
	if err := u.enter(h); err != nil {
		return err
	}
	if isFolder(h) {
		return u.folder(h)
	}
	if h.Typeflag == tar.TypeLink {
		return u.link(h)
	}
	if err := u.make(h); err != nil {
		return err
	}
	return u.dress(h)
}

// enter leaves the folders that an entry does not lie in.
func (u *unpacking) enter(h *tar.Header) error {
	if len(u.open) == 0 {
		if h.Name == "." && isFolder(h) {
			return nil
		}
		return refuse(h, "comes before the volume's own folder")
	}
	in := path.Dir(h.Name)
	for n, f := range slices.Backward(u.open) {
		if f.Name == in && h.Name != "." {
			return u.leave(n + 1)
		}
	}
	return refuse(h, "lies in no folder that is open")
}

// leave sets the attributes of folders, the deepest first, until so many are open.
func (u *unpacking) leave(keep int) error {
	for len(u.open) > keep {
		h := u.open[len(u.open)-1]
		u.open = u.open[:len(u.open)-1]
		if err := u.dress(h); err != nil {
			return err
		}
	}
	return nil
}

func (u *unpacking) folder(h *tar.Header) error {
	if h.Name != "." {
		if err := u.root.Mkdir(h.Name, 0o700); err != nil {
			return twice(h, err)
		}
	}
	u.open = append(u.open, h)
	return nil
}

// twice refuses an entry that is there already.
func twice(h *tar.Header, err error) error {
	if errors.Is(err, os.ErrExist) {
		return refuse(h, "comes twice")
	}
	return err
}

func (u *unpacking) link(h *tar.Header) error {
	info, err := u.root.Lstat(h.Linkname)
	if err != nil || info.IsDir() {
		return refuse(h, "is a link to what is no file that came before it")
	}
	return twice(h, u.root.Link(h.Linkname, h.Name))
}

func (u *unpacking) make(h *tar.Header) error {
	switch h.Typeflag {
	case tar.TypeSymlink:
		return twice(h, u.root.Symlink(h.Linkname, h.Name))
	case tar.TypeFifo:
		return twice(h, unix.Mkfifo(u.at+"/"+h.Name, 0o600)) // in a folder that was made here
	}
	f, err := u.root.OpenFile(h.Name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return twice(h, err)
	}
	return errors.Join(u.fill(f, h), f.Close())
}

// fill writes the content of a file, with holes for zeros where the source had some.
func (u *unpacking) fill(f *os.File, h *tar.Header) error {
	zero, page := make([]byte, 4096), make([]byte, 4096)
	holes := h.PAXRecords[recordSparse] == "1"
	if !holes {
		page = make([]byte, 64<<10)
	}
	for left := h.Size; left > 0; {
		part := page[:min(left, int64(len(page)))]
		if _, err := io.ReadFull(u.tar, part); err != nil {
			return fmt.Errorf("%w: the tar of a volume is cut off: %w", ErrRefused, err)
		}
		left -= int64(len(part))
		if err := u.put(f, part, holes && bytes.Equal(part, zero[:len(part)])); err != nil {
			return err
		}
	}
	return f.Truncate(h.Size)
}

func (u *unpacking) put(f *os.File, part []byte, hole bool) error {
	if hole {
		_, err := f.Seek(int64(len(part)), io.SeekCurrent)
		return err
	}
	if u.bytes -= int64(len(part)); u.bytes < 0 {
		return fmt.Errorf("%w: a volume holds more than it says", ErrRefused)
	}
	_, err := f.Write(part)
	return err
}

// dress sets owner, mode, attributes and times, in the order in which none takes another away.
func (u *unpacking) dress(h *tar.Header) error {
	at := u.at + "/" + h.Name // made by now, in a folder that was made here
	if err := unix.Lchown(at, h.Uid, h.Gid); err != nil {
		return fmt.Errorf("give %s its owner: %w", at, err)
	}
	if h.Typeflag != tar.TypeSymlink {
		if err := unix.Chmod(at, ofMode(h)); err != nil {
			return fmt.Errorf("give %s its mode: %w", at, err)
		}
	}
	for key, value := range h.PAXRecords {
		if name, ok := strings.CutPrefix(key, recordXattr); ok {
			if err := unix.Lsetxattr(at, name, []byte(value), 0); err != nil {
				return fmt.Errorf("set attribute %s of %s: %w", name, at, err)
			}
		}
	}
	times := []unix.Timespec{unix.NsecToTimespec(h.ModTime.UnixNano()), unix.NsecToTimespec(h.ModTime.UnixNano())}
	if err := unix.UtimesNanoAt(unix.AT_FDCWD, at, times, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return fmt.Errorf("set times of %s: %w", at, err)
	}
	return nil
}
