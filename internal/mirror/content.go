package mirror

import (
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// content copies the data of a file and leaves its holes out. It returns the bytes of data.
func (p *pass) content(name, copied string) (int64, error) {
	in, err := p.source.OpenFile(name, os.O_RDONLY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return 0, err
	}
	defer func() { _ = in.Close() }()
	out, err := os.OpenFile(copied, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return 0, err
	}
	n, err := extents(in, out)
	return n, errors.Join(err, out.Close())
}

// extents copies each piece of data to where it was.
func extents(in, out *os.File) (copied int64, err error) {
	info, err := in.Stat()
	if err != nil {
		return 0, err
	}
	if err := out.Truncate(info.Size()); err != nil {
		return 0, err
	}
	for at := int64(0); at < info.Size(); {
		begin, err := in.Seek(at, unix.SEEK_DATA)
		if errors.Is(err, unix.ENXIO) {
			return copied, nil // a hole to the end
		}
		if err != nil {
			return copied, err
		}
		end, err := in.Seek(begin, unix.SEEK_HOLE)
		if err != nil {
			return copied, err
		}
		n, err := piece(in, out, begin, end)
		copied += n
		if err != nil || n < end-begin {
			return copied, err // shorter by now
		}
		at = end
	}
	return copied, nil
}

// piece copies a range, inside the kernel where both files allow it.
func piece(in, out *os.File, begin, end int64) (int64, error) {
	for _, f := range []*os.File{in, out} {
		if _, err := f.Seek(begin, io.SeekStart); err != nil {
			return 0, err
		}
	}
	return io.Copy(out, io.LimitReader(in, end-begin))
}
