package archive

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// extent is a part of a file that holds data; what lies between is a hole.
type extent struct{ offset, length int64 }

// sparse writes the header and the map of a file with holes; its data follows in
// p.to. It is GNU's format 1.0, which every tar of today reads and Go's writer
// does not know: an extended header, then a map before the data.
func (p *packer) sparse(head *tar.Header, data []extent) error {
	table, stored := holes(head.Size, data)
	records := record("GNU.sparse.major", "1") + record("GNU.sparse.minor", "0") +
		record("GNU.sparse.name", head.Name) + record("GNU.sparse.realsize", strconv.FormatInt(head.Size, 10)) +
		record("size", strconv.FormatInt(stored, 10))
	if err := p.tar.Flush(); err != nil {
		return err
	}
	extended := tar.Header{Name: "PaxHeaders/file", Typeflag: tar.TypeXHeader, Mode: 0o644, Size: int64(len(records))}
	plain := tar.Header{Name: "GNUSparseFile.0/file", Typeflag: tar.TypeReg, Mode: head.Mode, Size: stored, ModTime: head.ModTime}
	for _, part := range [][]byte{ustar(extended), padded(records), ustar(plain), padded(table)} {
		if _, err := p.to.Write(part); err != nil {
			return err
		}
	}
	return nil
}

// pad fills up the last block of a sparse file's data.
func (p *packer) pad(data []extent) error {
	var n int64
	for _, e := range data {
		n += e.length
	}
	_, err := p.to.Write(make([]byte, (block-n%block)%block))
	return err
}

const (
	block = 512
	// octalMost is what a number field holds; a size past it is in the extended
	// header alone.
	octalMost = 1<<33 - 1
)

// holes returns the map of a sparse file and how much of it is stored with the map.
func holes(size int64, data []extent) (table string, stored int64) {
	if n := len(data); n == 0 || data[n-1].offset+data[n-1].length < size {
		data = append(data[:n:n], extent{size, 0})
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d\n", len(data))
	for _, e := range data {
		fmt.Fprintf(&b, "%d\n%d\n", e.offset, e.length)
		stored += e.length
	}
	return b.String(), stored + int64(len(padded(b.String())))
}

// record is one line of an extended header, which begins with its own length.
func record(key, value string) string {
	rest := len(key) + len(value) + len(" =\n")
	n := rest + len(strconv.Itoa(rest))
	if m := rest + len(strconv.Itoa(n)); m > n {
		n = m
	}
	return fmt.Sprintf("%d %s=%s\n", n, key, value)
}

func padded(s string) []byte {
	out := make([]byte, (len(s)+block-1)/block*block)
	copy(out, s)
	return out
}

// ustar is a header in the oldest form, which belongs to root.
func ustar(h tar.Header) []byte {
	octal := func(n int64) int64 {
		if n < 0 || n > octalMost {
			return 0
		}
		return n
	}
	b := make([]byte, block)
	copy(b, h.Name)
	copy(b[100:], fmt.Sprintf("%07o\x00%07o\x00%07o\x00%011o\x00%011o\x00        %c",
		h.Mode, 0, 0, octal(h.Size), octal(h.ModTime.Unix()), h.Typeflag))
	copy(b[257:], "ustar\x0000")
	sum := 0
	for _, c := range b {
		sum += int(c)
	}
	copy(b[148:], fmt.Sprintf("%06o\x00 ", sum))
	return b
}

// isSparse reports whether a tar has an entry as a file with holes.
func isSparse(head *tar.Header) bool {
	for key := range head.PAXRecords {
		if strings.HasPrefix(key, "GNU.sparse.") {
			return true
		}
	}
	return head.Typeflag == tar.TypeGNUSparse
}

// holeSize is the least run of zeros that is left out of a file with holes.
const holeSize = 32 << 10

// fill writes a file with holes where r has long runs of zeros: the tar reader
// tells no hole from zeros. A node may claim holes without end, which no read of
// its tar interrupts.
func fill(ctx context.Context, f *os.File, r io.Reader, size int64) error {
	if err := f.Truncate(size); err != nil {
		return err
	}
	buf, zeros := make([]byte, holeSize), make([]byte, holeSize)
	for ctx.Err() == nil {
		n, err := io.ReadFull(r, buf)
		if n > 0 {
			if err := put(f, buf[:n], zeros[:n]); err != nil {
				return err
			}
		}
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return nil
		case err != nil:
			return err
		}
	}
	return ctx.Err()
}

func put(f *os.File, data, zeros []byte) error {
	if bytes.Equal(data, zeros) {
		_, err := f.Seek(int64(len(data)), io.SeekCurrent)
		return err
	}
	_, err := f.Write(data)
	return err
}
