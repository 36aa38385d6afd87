package archive

import (
	"archive/tar"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// entries makes a tar of headers; regular files hold "x".
func entries(t *testing.T, heads ...tar.Header) io.Reader {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range heads {
		if h.Typeflag == tar.TypeReg {
			h.Size = 1
		}
		must(t, w.WriteHeader(&h))
		if h.Typeflag == tar.TypeReg {
			_, err := w.Write([]byte("x"))
			must(t, err)
		}
	}
	must(t, w.Close())
	return &b
}

func dir(name string, mode int64) tar.Header {
	return tar.Header{Name: name, Typeflag: tar.TypeDir, Mode: mode}
}

func reg(name string, mode int64) tar.Header {
	return tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: mode}
}

func sym(name, to string) tar.Header {
	return tar.Header{Name: name, Typeflag: tar.TypeSymlink, Linkname: to, Mode: 0o777}
}

func hard(name, to string) tar.Header {
	return tar.Header{Name: name, Typeflag: tar.TypeLink, Linkname: to, Mode: 0o644}
}

func TestUnpackGivesTheName(t *testing.T) {
	for name, c := range map[string]struct {
		asked string
		heads []tar.Header
		want  []string
	}{
		"file":        {"a.log", []tar.Header{reg("a.log", 0o640)}, []string{"-rw-r----- new x"}},
		"link":        {"a", []tar.Header{sym("a", "/etc/passwd")}, []string{"Lrwxrwxrwx new -> /etc/passwd"}},
		"with a dot":  {"a", []tar.Header{reg("./a", 0o640)}, []string{"-rw-r----- new x"}},
		"no folder's": {"a", []tar.Header{reg("a/b/c", 0o640)}, []string{"drwxr-xr-x new", "drwxr-xr-x new/b", "-rw-r----- new/b/c x"}},
		"folder": {
			"logs",
			[]tar.Header{dir("logs/", 0o555), reg("logs/a", 0o644), hard("logs/b", "logs/a")},
			[]string{"dr-xr-xr-x new", "-rw-r--r-- new/a x", "-rw-r--r-- new/b x"},
		},
		"content of a folder": {
			".",
			[]tar.Header{{Name: "pax_global_header", Typeflag: tar.TypeXGlobalHeader, PAXRecords: map[string]string{"comment": "x"}}, dir("./", 0o755), reg("./a", 0o644)},
			[]string{"drwxr-xr-x new", "-rw-r--r-- new/a x"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			dst := t.TempDir()
			_, err := Copy{Name: c.asked, Folder: dst, As: "new"}.Unpack(t.Context(), entries(t, c.heads...))
			must(t, err)
			if diff := cmp.Diff(c.want, list(t, dst)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// What a node may send that lies: nothing but the copy is there afterwards.
func TestUnpackHostile(t *testing.T) {
	deep := strings.Repeat("d/", 2000)
	cases := map[string]struct {
		heads   []tar.Header
		refused string // "": taken
	}{
		"another name":              {[]tar.Header{dir("results/", 0o755), reg(".bashrc", 0o644)}, "not asked for"},
		"another name first":        {[]tar.Header{reg(".bashrc", 0o644)}, "not asked for"},
		"a longer name":             {[]tar.Header{dir("results2/", 0o755)}, "not asked for"},
		"no name":                   {[]tar.Header{dir("./", 0o755), reg("./keep", 0o644)}, "not asked for"},
		"dots":                      {[]tar.Header{dir("results/", 0o755), reg("results/../../evil", 0o644)}, "not asked for"},
		"dots to a sibling":         {[]tar.Header{dir("results/", 0o755), reg("results/../keep", 0o644)}, "not asked for"},
		"dots at the front":         {[]tar.Header{reg("../results", 0o644)}, "not asked for"},
		"absolute":                  {[]tar.Header{reg("/results", 0o644)}, "not asked for"},
		"link out, absolute":        {[]tar.Header{dir("results/", 0o755), sym("results/d", "/"), reg("results/d/evil", 0o644)}, "escapes"},
		"link out, relative":        {[]tar.Header{dir("results/", 0o755), sym("results/d", ".."), reg("results/d/keep", 0o644)}, "escapes"},
		"link out, then a folder":   {[]tar.Header{dir("results/", 0o755), sym("results/d", ".."), dir("results/d/", 0o755), reg("results/d/keep", 0o644)}, ""},
		"link out, then a file":     {[]tar.Header{dir("results/", 0o755), sym("results/d", "../keep"), reg("results/d", 0o644)}, ""},
		"link out by two":           {[]tar.Header{dir("results/", 0o755), sym("results/a", "b/.."), sym("results/b", ".."), reg("results/a/keep", 0o644)}, "escapes"},
		"link, then below it":       {[]tar.Header{sym("results", ".."), reg("results/keep", 0o644)}, "not asked for"},
		"link in place of all":      {[]tar.Header{dir("results/", 0o755), sym("results", ".."), reg("results/keep", 0o644)}, "not asked for"},
		"file, then below it":       {[]tar.Header{reg("results", 0o644), reg("results/keep", 0o644)}, "not asked for"},
		"twice":                     {[]tar.Header{reg("results", 0o644), reg("results", 0o644)}, "not asked for"},
		"hard link out":             {[]tar.Header{dir("results/", 0o755), hard("results/d", "../keep"), reg("results/d", 0o644)}, "not asked for"},
		"hard link to a sibling":    {[]tar.Header{dir("results/", 0o755), hard("results/d", "keep"), reg("results/d", 0o644)}, "not asked for"},
		"hard link alone":           {[]tar.Header{hard("results", "keep"), reg("results", 0o644)}, "not asked for"},
		"hard link through a link":  {[]tar.Header{dir("results/", 0o755), sym("results/d", ".."), hard("results/e", "results/d/keep"), reg("results/e", 0o644)}, "escapes"},
		"hard link to a link":       {[]tar.Header{dir("results/", 0o755), sym("results/d", "../keep"), hard("results/e", "results/d"), reg("results/e", 0o644)}, ""},
		"device":                    {[]tar.Header{dir("results/", 0o755), {Name: "results/d", Typeflag: tar.TypeBlock, Devmajor: 8, Mode: 0o666}}, ""},
		"device alone":              {[]tar.Header{{Name: "results", Typeflag: tar.TypeChar, Devmajor: 1, Mode: 0o666}}, "results is a device"},
		"pipe alone":                {[]tar.Header{{Name: "results", Typeflag: tar.TypeFifo, Mode: 0o666}}, "results is a pipe"},
		"setuid":                    {[]tar.Header{dir("results/", 0o7777), reg("results/su", 0o6755)}, ""},
		"newline":                   {[]tar.Header{dir("results/", 0o755), reg("results/a\nb", 0o644)}, ""},
		"not UTF-8":                 {[]tar.Header{dir("results/", 0o755), reg("results/\xff\xfe", 0o644)}, ""},
		"255 bytes":                 {[]tar.Header{dir("results/", 0o755), reg("results/"+strings.Repeat("n", 255), 0o644)}, ""},
		"256 bytes":                 {[]tar.Header{dir("results/", 0o755), reg("results/"+strings.Repeat("n", 256), 0o644)}, "too long"},
		"2000 levels":               {[]tar.Header{dir("results/", 0o755), reg("results/"+deep+"x", 0o644)}, ""},
		"folder over a file of its": {[]tar.Header{dir("results/", 0o755), reg("results/a", 0o644), dir("results/a/", 0o755)}, "is a file"},
		"file over a folder of its": {[]tar.Header{dir("results/", 0o755), dir("results/a/", 0o755), reg("results/a", 0o644)}, "is a folder"},
		"unknown kind":              {[]tar.Header{dir("results/", 0o755), {Name: "results/a", Typeflag: 'Z'}}, "unknown kind"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			top := t.TempDir()
			home := filepath.Join(top, "home")
			must(t, os.Mkdir(home, 0o700))
			must(t, os.WriteFile(filepath.Join(home, "keep"), []byte("keep"), 0o600))
			_, err := Copy{Name: "results", Folder: home, As: "results"}.Unpack(t.Context(), entries(t, c.heads...))
			switch {
			case c.refused == "" && err != nil, c.refused != "" && (err == nil || !strings.Contains(err.Error(), c.refused)):
				t.Errorf("error: %v", err)
			}
			for _, line := range without(list(t, top), "home/results") {
				if line != "drwx------ home" && line != "-rw------- home/keep keep" {
					t.Errorf("there is %s", line)
				}
			}
			for _, line := range list(t, top) {
				if strings.ContainsAny(line[:10], "stTpbcS") && line[0] != 'L' {
					t.Errorf("there is %s", line)
				}
			}
		})
	}
}

// without leaves out what is called so and what lies below it.
func without(lines []string, name string) (rest []string) {
	for _, line := range lines {
		if _, file, _ := strings.Cut(line, " "); !strings.HasPrefix(file+" ", name+" ") && !strings.HasPrefix(file, name+"/") {
			rest = append(rest, line)
		}
	}
	return rest
}

// A link that an earlier copy left is no way out for the next one.
func TestUnpackTwice(t *testing.T) {
	dst := t.TempDir()
	must(t, os.MkdirAll(filepath.Join(dst, ".ssh"), 0o700))
	to := Copy{Name: "results", Folder: dst, As: "results"}
	_, err := to.Unpack(t.Context(), entries(t, sym("results", ".ssh")))
	must(t, err)
	_, err = to.Unpack(t.Context(), entries(t, dir("results/", 0o755), sym("results/d", "../.ssh"), reg("results/f", 0o444)))
	must(t, err)
	_, err = to.Unpack(t.Context(), entries(t, dir("results/", 0o755), dir("results/d/", 0o755), reg("results/d/authorized_keys", 0o644), reg("results/f", 0o644)))
	must(t, err)
	want := []string{
		"drwx------ .ssh", "drwxr-xr-x results", "drwxr-xr-x results/d", "-rw-r--r-- results/d/authorized_keys x", "-r--r--r-- results/f x",
	}
	if os.Getuid() != 0 {
		want[4] = "-rw-r--r-- results/f x" // could not be written, and was replaced
	}
	if diff := cmp.Diff(want, list(t, dst)); diff != "" {
		t.Error(diff)
	}
}

func TestUnpackKeepsTheModeOfWhatWasThere(t *testing.T) {
	dst := filepath.Join(t.TempDir(), "h1")
	must(t, os.MkdirAll(filepath.Join(dst, "old"), 0o700))
	must(t, os.WriteFile(filepath.Join(dst, "file"), []byte("longer"), 0o600))
	must(t, os.Chmod(dst, 0o700))
	tmp := entries(t, dir("./", 0o777), dir("./old/", 0o777), dir("./new/", 0o777), reg("./file", 0o777), reg("./more", 0o666))
	_, err := Copy{Name: ".", Folder: dst, As: "."}.Unpack(t.Context(), tmp)
	must(t, err)
	info, err := os.Stat(dst)
	must(t, err)
	if info.Mode().Perm() != 0o700 {
		t.Errorf("the folder has mode %o", info.Mode().Perm())
	}
	want := []string{"-rw------- file x", "-rw-r--r-- more x", "drwxr-xr-x new", "drwx------ old"}
	if diff := cmp.Diff(want, list(t, dst)); diff != "" {
		t.Error(diff)
	}
}

func TestUnpackTakesTheUmask(t *testing.T) {
	old := syscall.Umask(0o077)
	defer syscall.Umask(old)
	dst := t.TempDir()
	_, err := Copy{Name: "a", Folder: dst, As: "a"}.Unpack(t.Context(), entries(t, dir("a/", 0o755), dir("a/r/", 0o511), reg("a/r/f", 0o644), reg("a/x", 0o777)))
	must(t, err)
	if diff := cmp.Diff([]string{"drwx------ a", "dr-x------ a/r", "-rw------- a/r/f x", "-rwx------ a/x x"}, list(t, dst)); diff != "" {
		t.Error(diff)
	}
}

func TestUnpackReplacesLinks(t *testing.T) {
	dst := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dst, "keep"), []byte("keep"), 0o644))
	must(t, os.Symlink("keep", filepath.Join(dst, "a")))
	_, err := Copy{Name: "a", Folder: dst, As: "a"}.Unpack(t.Context(), entries(t, reg("a", 0o600)))
	must(t, err)
	if diff := cmp.Diff([]string{"-rw------- a x", "-rw-r--r-- keep keep"}, list(t, dst)); diff != "" {
		t.Error(diff)
	}
}

func TestUnpackRefusesWhatIsInTheWay(t *testing.T) {
	dst := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dst, "file"), nil, 0o644))
	must(t, os.Mkdir(filepath.Join(dst, "folder"), 0o755))
	for as, h := range map[string]tar.Header{
		"file": dir("a/", 0o755), "folder": reg("a", 0o644), ".": reg("a", 0o644),
	} {
		_, err := Copy{Name: "a", Folder: dst, As: as}.Unpack(t.Context(), entries(t, h))
		if err == nil || !strings.Contains(err.Error(), "cannot be copied onto it") && !strings.Contains(err.Error(), "is not a folder") {
			t.Errorf("%s: %v", as, err)
		}
	}
	if diff := cmp.Diff([]string{"-rw-r--r-- file ", "drwxr-xr-x folder"}, list(t, dst)); diff != "" {
		t.Error(diff)
	}
}

type failing struct{ error }

func (f failing) Read([]byte) (int, error) { return 0, f.error }

func TestUnpackTellsOfABrokenTar(t *testing.T) {
	whole := entries(t, reg("a", 0o644))
	for want, r := range map[string]io.Reader{
		"no whole tar":   strings.NewReader(strings.Repeat("no tar ", 200)),
		"unexpected EOF": io.LimitReader(entries(t, reg("a", 0o644)), 512),
		ErrEmpty.Error(): entries(t),
		"tar ended with": io.MultiReader(whole, failing{os.ErrProcessDone}), // said after the last byte
	} {
		_, err := Copy{Name: "a", Folder: t.TempDir(), As: "a"}.Unpack(t.Context(), r)
		if want == "tar ended with" {
			want = os.ErrProcessDone.Error()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}
