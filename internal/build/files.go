package build

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
)

// tagLength is how many digits of a recipe's hash its tag has.
const tagLength = 12

// format is part of every hash; it changes when what is made of a recipe does.
const format = "ferry recipe 1"

// made is the time stamp of every file in an image: a build knows no clock.
var made = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)

// file is one file of a build's context.
type file struct {
	path string
	data []byte
}

// mode makes scripts executable. An embedded folder has no modes, so the first
// two letters tell.
func (f file) mode() int64 {
	if bytes.HasPrefix(f.data, []byte("#!")) {
		return 0o755
	}
	return 0o644
}

// readFiles returns all files of f, by path.
func readFiles(f fs.FS) ([]file, error) {
	var files []file
	err := fs.WalkDir(f, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(f, p)
		files = append(files, file{p, data})
		return err
	})
	return files, err
}

// digest is the tag of what is made of files and parents.
func digest(files []file, parents []string) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s\n", format)
	for _, p := range parents {
		fmt.Fprintf(h, "parent %s\n", p)
	}
	for _, f := range files {
		fmt.Fprintf(h, "file %q %o %x\n", f.path, f.mode(), sha256.Sum256(f.data))
	}
	return hex.EncodeToString(h.Sum(nil))[:tagLength]
}

// pack makes a tar of files, with an entry for every folder.
func pack(files []file) (*bytes.Buffer, error) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, dir := range folders(files) {
		h := tar.Header{Typeflag: tar.TypeDir, Name: dir + "/", Mode: 0o755, ModTime: made}
		if err := w.WriteHeader(&h); err != nil {
			return nil, err
		}
	}
	for _, f := range files {
		if err := put(w, f); err != nil {
			return nil, err
		}
	}
	return &b, w.Close()
}

func put(w *tar.Writer, f file) error {
	h := tar.Header{Typeflag: tar.TypeReg, Name: f.path, Mode: f.mode(), Size: int64(len(f.data)), ModTime: made}
	if err := w.WriteHeader(&h); err != nil {
		return err
	}
	_, err := w.Write(f.data)
	return err
}

// folders lists the folders of files, outer ones first.
func folders(files []file) []string {
	var dirs []string
	for _, f := range files {
		for d := path.Dir(f.path); d != "."; d = path.Dir(d) {
			dirs = append(dirs, d)
		}
	}
	slices.SortFunc(dirs, strings.Compare)
	return slices.Compact(dirs)
}
