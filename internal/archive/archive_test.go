package archive

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/ferry-project/ferry"
)

func description() Description {
	return Description{
		Version: "1.2",
		Snapshot: ferry.Snapshot{
			ID: "sn-1", Note: "why", State: ferry.SnapshotGood, Stack: "sa-1", Lineage: "sa-1", Application: "gluster:2", Version: "1.2",
			Volumes: []ferry.SnapshotVolume{{Node: "gluster0", Name: "brick", Files: 1, Bytes: 9}, {Node: "gluster1", Name: "brick"}},
		},
		Plan: ferry.Plan{
			Format: 1, Stack: "sa-1", Lineage: "sa-1", Services: []ferry.Planned{{ID: "se-1"}},
			Nodes: []ferry.Node{brick("gluster0"), brick("gluster1")},
		},
		Formed: []string{"se-1"},
	}
}

func brick(name string) ferry.Node {
	return ferry.Node{NodeBlueprint: ferry.NodeBlueprint{Name: name, Volumes: []ferry.Volume{{Name: "brick", Path: "/b"}}}}
}

// noise does not compress, zeros do.
func noise(n int) []byte {
	b := make([]byte, n)
	random := rand.New(rand.NewPCG(uint64(n), 2))
	for i := 0; i+8 <= n; i += 8 {
		binary.LittleEndian.PutUint64(b[i:], random.Uint64())
	}
	return b
}

// small is the size of a piece in these tests.
const small = 64 << 10

// file writes an archive of the volumes, in the order of the description.
func file(t *testing.T, d Description, volumes ...[]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	f, err := NewFile(&b)
	check(t, err)
	w, err := NewWriter(t.Context(), f, d)
	check(t, err)
	w.piece = small
	for i, content := range volumes {
		v := d.Snapshot.Volumes[i]
		check(t, w.Volume(t.Context(), v.Node, v.Name, func(to io.Writer) error {
			_, err := io.Copy(to, bytes.NewReader(content))
			return err
		}))
	}
	_, err = w.Close(t.Context())
	check(t, err)
	return b.Bytes()
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// read reads all of an archive.
func read(ctx context.Context, r io.Reader) (d Description, volumes [][]byte, err error) {
	s, err := Open(r)
	if err != nil {
		return d, nil, err
	}
	all, err := NewReader(ctx, s)
	if err != nil {
		return d, nil, err
	}
	defer all.Close()
	for {
		_, _, tar, err := all.Next(ctx)
		if errors.Is(err, io.EOF) {
			return all.Description, volumes, nil
		}
		if err != nil {
			return all.Description, volumes, err
		}
		content, err := io.ReadAll(tar)
		if err != nil {
			return all.Description, volumes, err
		}
		volumes = append(volumes, content)
	}
}

func TestArchivesComeBack(t *testing.T) {
	d := description()
	for name, volumes := range map[string][][]byte{
		"small":           {[]byte("one"), []byte("two")},
		"alike":           {[]byte("one"), []byte("one")},
		"several pieces":  {noise(small*2 + 7), make([]byte, small+1)},
		"pieces exactly":  {noise(small), make([]byte, small*2)},
		"one of a byte":   {{1}, noise(small + 1)},
		"with the secret": {[]byte("one"), []byte("two")},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "with the secret" {
				d.Secrets = map[string]map[string]string{"key": {"private": "x"}}
			}
			written := file(t, d, volumes...)
			if !bytes.Equal(written, file(t, d, volumes...)) {
				t.Error("the same snapshot is another file")
			}
			got, content, err := read(t.Context(), bytes.NewReader(written))
			check(t, err)
			want := d
			want.Format = format
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			for i := range volumes {
				if !bytes.Equal(content[i], volumes[i]) {
					t.Errorf("volume %d is %d bytes, want %d", i, len(content[i]), len(volumes[i]))
				}
			}
		})
	}
}

// Any beginning of an archive is one that was cut off, wherever it ends.
func TestCutOffArchives(t *testing.T) {
	whole := file(t, description(), []byte("one"), []byte("two"))
	index := bytes.Index(whole, []byte(v1.ImageIndexFile))
	for n := 0; n < index+512; n += 101 {
		_, _, err := read(t.Context(), bytes.NewReader(whole[:n]))
		if ferry.CodeOf(err) != ferry.Invalid {
			t.Fatalf("of %d bytes %d: %v", len(whole), n, err)
		}
	}
}

// No byte can be another without being noticed, and nothing of it is handed out before.
func TestDamagedArchives(t *testing.T) {
	volumes := [][]byte{[]byte("one"), []byte("two")}
	whole := file(t, description(), volumes...)
	for at := 0; at < len(whole); at += 61 {
		damaged := bytes.Clone(whole)
		damaged[at] ^= 0x15
		d, content, err := read(t.Context(), bytes.NewReader(damaged))
		for i, c := range content {
			if !bytes.Equal(c, volumes[i]) {
				t.Fatalf("byte %d: volume %d came as %q", at, i, c)
			}
		}
		if err == nil && cmp.Diff(d.Plan, description().Plan) != "" {
			t.Fatalf("byte %d: another plan came", at)
		}
	}
}

// rewritten is an archive whose description somebody has changed, with all sums right.
func rewritten(t *testing.T, change func(map[string]any)) []byte {
	t.Helper()
	text, err := description().encode()
	check(t, err)
	var all map[string]any
	check(t, json.Unmarshal(text, &all))
	change(all)
	text, err = json.Marshal(all)
	check(t, err)
	var b bytes.Buffer
	f, err := NewFile(&b)
	check(t, err)
	check(t, f.Put(t.Context(), describe(ConfigType, text), text))
	return b.Bytes()
}

func TestForeignDescriptions(t *testing.T) {
	in := func(all map[string]any, path string) map[string]any {
		for step := range strings.SplitSeq(path, ".") {
			switch next := all[step].(type) {
			case map[string]any:
				all = next
			case []any:
				all = next[0].(map[string]any)
			}
		}
		return all
	}
	for says, change := range map[string]func(map[string]any){
		"newer Ferry (9.9)":            func(a map[string]any) { a["format"], a["version"] = 2, "9.9" },
		"no snapshot of Ferry":         func(a map[string]any) { delete(a, "format") },
		"words that are known":         func(a map[string]any) { a["plan"] = 7 },
		"no stack that could be":       func(a map[string]any) { in(a, "plan")["lineage"] = "../x" },
		"cannot be printed":            func(a map[string]any) { in(a, "snapshot")["note"] = "\x1b[2J" },
		"service that cannot":          func(a map[string]any) { in(a, "plan.services")["id"] = "se-1/../x" },
		"node that cannot":             func(a map[string]any) { in(a, "plan.nodes")["name"] = "a b" },
		"not in its plan":              func(a map[string]any) { in(a, "snapshot.volumes")["name"] = "other" },
		"\"se-none\" that is not in":   func(a map[string]any) { a["formed"] = []string{"se-none"} },
		"volume \"brick\" of \"else\"": func(a map[string]any) { in(a, "snapshot.volumes")["node"] = "else" },
	} {
		_, _, err := read(t.Context(), bytes.NewReader(rewritten(t, change)))
		if ferry.CodeOf(err) != ferry.Invalid || !strings.Contains(err.Error(), says) {
			t.Errorf("want %q, got %v", says, err)
		}
	}
}

// entries is a tar of names and contents.
func entries(t *testing.T, pairs ...string) io.Reader {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for i := 0; i < len(pairs); i += 2 {
		check(t, w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: pairs[i], Mode: 0o644, Size: int64(len(pairs[i+1]))}))
		_, err := io.WriteString(w, pairs[i+1])
		check(t, err)
	}
	check(t, w.Close())
	return &b
}

func TestWhatIsNoArchive(t *testing.T) {
	layout := `{"imageLayoutVersion":"1.0.0"}`
	for says, r := range map[string]io.Reader{
		"no OCI layout":          strings.NewReader("PK\x03\x04 a zip"),
		"is none":                entries(t, "manifest.json", "[]"),
		"is an OCI layout":       entries(t, "oci-layout", `{"imageLayoutVersion":"2.0.0"}`),
		"does not belong there":  entries(t, "oci-layout", layout, "../../etc/passwd", "x"),
		"not what its sum says":  entries(t, "oci-layout", layout, blobFolder+strings.Repeat("0", 64), "x"),
		"cut off":                entries(t, "oci-layout", layout),
		"more than there can be": large(t),
	} {
		if _, _, err := read(t.Context(), r); ferry.CodeOf(err) != ferry.Invalid || !strings.Contains(err.Error(), says) {
			t.Errorf("want %q, got %v", says, err)
		}
	}
}

// large claims a part that nobody can hold.
func large(t *testing.T) io.Reader {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	check(t, w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "oci-layout", Size: 1 << 50}))
	return &b
}

// A few bytes that decompress to more than a piece are refused.
func TestBombs(t *testing.T) {
	var b bytes.Buffer
	f, err := NewFile(&b)
	check(t, err)
	w, err := NewWriter(t.Context(), f, description())
	check(t, err)
	check(t, w.layer(t.Context(), "gluster0", "brick", make([]byte, pieceSize+1)))
	check(t, w.layer(t.Context(), "gluster1", "brick", []byte("x")))
	_, err = w.Close(t.Context())
	check(t, err)
	if _, _, err := read(t.Context(), &b); ferry.CodeOf(err) != ferry.Invalid || !strings.Contains(err.Error(), "decompressed") {
		t.Errorf("got %v", err)
	}
}

// What fails while it is packed fails the archive, and what a store refuses too.
func TestErrorsGetThrough(t *testing.T) {
	lost := errors.New("the disk is gone")
	f, err := NewFile(io.Discard)
	check(t, err)
	w, err := NewWriter(t.Context(), f, description())
	check(t, err)
	if err := w.Volume(t.Context(), "gluster0", "brick", func(io.Writer) error { return lost }); !errors.Is(err, lost) {
		t.Errorf("got %v", err)
	}
	if _, _, err := read(t.Context(), io.MultiReader(bytes.NewReader(file(t, description(), []byte("a"), []byte("b"))[:2000]), failing{lost})); !errors.Is(err, lost) {
		t.Errorf("a file that cannot be read: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := f.Put(ctx, v1.Descriptor{}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// Volumes in another order, twice, or too many are no archive of the description.
func TestVolumesThatWereNotToCome(t *testing.T) {
	for name, order := range map[string][]string{
		"another first": {"gluster1", "gluster0"}, "one twice": {"gluster0", "gluster1", "gluster0"}, "one missing": {"gluster0"}, "none": {},
	} {
		var b bytes.Buffer
		f, err := NewFile(&b)
		check(t, err)
		w, err := NewWriter(t.Context(), f, description())
		check(t, err)
		for _, node := range order {
			check(t, w.layer(t.Context(), node, "brick", fmt.Appendf(nil, "of %s", node)))
		}
		_, err = w.Close(t.Context())
		check(t, err)
		if _, _, err := read(t.Context(), &b); ferry.CodeOf(err) != ferry.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}
