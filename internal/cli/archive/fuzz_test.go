package archive

import (
	"archive/tar"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// FuzzUnpack holds for every tar: it ends, and nothing but the copy is new,
// changed or gone.
func FuzzUnpack(f *testing.F) {
	for _, heads := range [][]tar.Header{
		{reg("a", 0o644)},
		{dir("a/", 0o7777), sym("a/d", ".."), reg("a/d/keep", 0o644), hard("a/k", "../keep"), reg("a/k", 0o777)},
		{dir("a/", 0), {Name: "a/dev", Typeflag: tar.TypeChar}, {Name: "a/\x1b[2J", Typeflag: tar.TypeReg}},
		{sym("a", "sub"), dir("a/", 0o755), reg("a/keep", 0o644)},
		{dir("./", 0o777), reg("keep", 0o666)},
	} {
		var b bytes.Buffer
		w := tar.NewWriter(&b)
		for _, h := range heads {
			if err := w.WriteHeader(&h); err != nil {
				f.Fatal(err)
			}
		}
		_ = w.Close()
		f.Add(b.Bytes())
	}
	var sparse bytes.Buffer
	_ = (&packer{to: &sparse, tar: tar.NewWriter(&sparse)}).sparse(&tar.Header{Name: "a", Size: 1 << 20, Mode: 0o644}, []extent{{4096, 3}})
	sparse.Write(make([]byte, 512))
	f.Add(sparse.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		if apparent(data) > 64<<20 {
			t.Skip("zeros without end are not what is looked for")
		}
		home := filepath.Join(t.TempDir(), "home")
		must(t, os.MkdirAll(filepath.Join(home, "sub"), 0o700))
		must(t, os.WriteFile(filepath.Join(home, "keep"), []byte("keep"), 0o600))
		must(t, os.WriteFile(filepath.Join(home, "sub", "keep"), []byte("keep"), 0o600))
		_, _ = Copy{Name: "a", Folder: home, As: "copy"}.Unpack(t.Context(), bytes.NewReader(data))
		got := without(list(t, filepath.Dir(home)), "home/copy")
		want := "drwx------ home|-rw------- home/keep keep|drwx------ home/sub|-rw------- home/sub/keep keep|"
		all := ""
		for _, line := range got {
			all += line + "|"
		}
		if all != want {
			t.Errorf("there is %s", all)
		}
	})
}

// apparent is how large the files of a tar would be.
func apparent(data []byte) (n int64) {
	for tr := tar.NewReader(bytes.NewReader(data)); ; {
		h, err := tr.Next()
		if err != nil {
			return n
		}
		if n += h.Size; n > 64<<20 || n < 0 {
			return 1 << 62
		}
		if _, err := io.Copy(io.Discard, tr); err != nil {
			return n
		}
	}
}
