package enginetest

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ferry-project/ferry/internal/engine"
)

// copies: into a node that was never started, and out again with names, modes
// and owners.
func (s *suite) copies(t *testing.T) {
	ctx, n := t.Context(), s.node(t, nil)
	must(t, s.CopyTo(ctx, n, "/", archive(t,
		entry{tar.Header{Typeflag: tar.TypeDir, Name: "conf/", Mode: 0o750, Uid: 1001, Gid: 1002}, ""},
		entry{tar.Header{Typeflag: tar.TypeReg, Name: "conf/secret", Mode: 0o600, Uid: 1001, Gid: 1002}, "hush"},
		entry{tar.Header{Typeflag: tar.TypeSymlink, Name: "conf/link", Linkname: "secret", Mode: 0o777, Uid: 7, Gid: 8}, ""},
	)))
	must(t, s.CopyTo(ctx, n, "/conf", archive(t, entry{tar.Header{Typeflag: tar.TypeReg, Name: "more", Mode: 0o755}, "#!"})))
	whole := []string{
		"conf/ 750 1001:1002 ", "conf/link 777 7:8 ->secret", "conf/more 755 0:0 #!", "conf/secret 600 1001:1002 hush",
	}
	for _, state := range []string{"created", "running", "stopped"} {
		if got := s.list(t, n, "/conf"); !slices.Equal(got, whole) {
			t.Errorf("%s: %q, want %q", state, got, whole)
		}
		if got := s.list(t, n, "/conf/secret"); !slices.Equal(got, []string{"secret 600 1001:1002 hush"}) {
			t.Errorf("%s: one file: %q", state, got)
		}
		_, err := s.CopyFrom(ctx, n, "/no/such")
		want(t, "copy what is not there", err, engine.ErrNotFound)
		if state == "created" {
			must(t, s.StartNode(ctx, n))
			s.awaitInit(t, n)
		} else {
			must(t, s.StopNode(ctx, n, patience))
		}
	}
}

// nodeFiles: a node has its files when it is made, also below its volumes, and gets
// them again as long as it has never been started.
func (s *suite) nodeFiles(t *testing.T) {
	ctx, v := t.Context(), s.volume(t)
	files := func(content string) []byte {
		packed, err := io.ReadAll(archive(t,
			entry{tar.Header{Typeflag: tar.TypeReg, Name: "conf/deep/secret", Mode: 0o600, Uid: 1001, Gid: 1002}, content},
			entry{tar.Header{Typeflag: tar.TypeReg, Name: "data/first", Mode: 0o644}, content},
		))
		must(t, err)
		return packed
	}
	spec := engine.Spec{Name: s.name("node"), Hostname: "host", Image: s.image, Labels: s.labels(), Files: files("early")}
	spec.Mounts = []engine.Mount{{Volume: v, Path: "/data"}}
	t.Cleanup(func() { drop(t, s.RemoveNode, spec.Name) })
	for _, content := range []string{"early", "again"} {
		spec.Files = files(content)
		must(t, s.CreateNode(ctx, spec))
		whole := []string{"secret 600 1001:1002 " + content}
		if got := s.list(t, spec.Name, "/conf/deep/secret"); !slices.Equal(got, whole) {
			t.Errorf("%q, want %q", got, whole)
		}
	}
	must(t, s.StartNode(ctx, spec.Name))
	s.awaitInit(t, spec.Name)
	for _, state := range []string{"running", "stopped and started"} {
		spec.Files = files("late")
		must(t, s.CreateNode(ctx, spec))
		if got := s.list(t, spec.Name, "/conf/deep/secret"); !slices.Equal(got, []string{"secret 600 1001:1002 again"}) {
			t.Errorf("a node that is %s: %q", state, got)
		}
		if got := s.tool(t, spec.Name, "read", "/data/first"); got != "again" {
			t.Errorf("the volume of a node that is %s: %q", state, got)
		}
		must(t, s.StopNode(ctx, spec.Name, patience))
		must(t, s.CreateNode(ctx, spec))
		must(t, s.StartNode(ctx, spec.Name))
		s.awaitInit(t, spec.Name)
	}
	foreigner := spec
	foreigner.Labels = foreign()
	want(t, "create another's node with files", s.CreateNode(ctx, foreigner), engine.ErrConflict)
	broken := spec
	broken.Name, broken.Files = s.name("node"), []byte("no tar at all")
	t.Cleanup(func() { drop(t, s.RemoveNode, broken.Name) })
	if err := s.CreateNode(ctx, broken); err == nil {
		t.Error("a node was made with files that are none")
	}
}

func (s *suite) list(t *testing.T, node, path string) []string {
	t.Helper()
	r, err := s.CopyFrom(t.Context(), node, path)
	must(t, err)
	defer func() { _ = r.Close() }()
	var all []string
	for tr := tar.NewReader(r); ; {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		must(t, err)
		data, err := io.ReadAll(tr)
		must(t, err)
		content := string(data)
		if h.Linkname != "" {
			content = "->" + h.Linkname
		}
		all = append(all, fmt.Sprintf("%s %o %d:%d %s", h.Name, h.Mode&0o7777, h.Uid, h.Gid, content))
	}
	if len(all) > 0 && strings.Trim(strings.Fields(all[0])[0], "/") != path[strings.LastIndex(path, "/")+1:] {
		t.Errorf("the first entry is %q, want the base name of %s", all[0], path)
	}
	slices.Sort(all)
	return all
}

func (s *suite) logs(t *testing.T) {
	n := s.running(t, nil)
	s.tool(t, n, "say", "one")
	s.tool(t, n, "say", "two")
	pause(t.Context(), 20*time.Millisecond)
	between := time.Now()
	s.tool(t, n, "say", "three")
	for _, c := range []struct {
		name string
		logs engine.Logs
		want string
	}{
		{"all", engine.Logs{}, "up\none\ntwo\nthree\n"},
		{"tail", engine.Logs{Tail: 2}, "two\nthree\n"},
		{"since", engine.Logs{Since: between}, "three\n"},
		{"tail longer than the log", engine.Logs{Tail: 99}, "up\none\ntwo\nthree\n"},
	} {
		var got string
		for end := time.Now().Add(patience); ; pause(t.Context(), 20*time.Millisecond) {
			var b strings.Builder
			must(t, s.Logs(t.Context(), n, c.logs, &b))
			if got = b.String(); got == c.want || time.Now().After(end) {
				break // what was printed may take a moment to the log
			}
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func (s *suite) followLogs(t *testing.T) {
	n := s.running(t, nil)
	t.Run("until the context ends", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		out := writer(func(p []byte) (int, error) {
			if bytes.Contains(p, []byte("live")) {
				cancel()
			}
			return len(p), nil
		})
		done := make(chan error, 1)
		go func() { done <- s.Logs(ctx, n, engine.Logs{Follow: true}, out) }()
		s.tool(t, n, "say", "live")
		want(t, "follow", <-done, context.Canceled)
	})
	t.Run("until the node ends", func(t *testing.T) {
		done := make(chan error, 1)
		var b bytes.Buffer
		begun := make(chan struct{}, 16)
		out := writer(func(p []byte) (int, error) { begun <- struct{}{}; return b.Write(p) })
		go func() { done <- s.Logs(t.Context(), n, engine.Logs{Follow: true}, out) }()
		<-begun
		must(t, s.RemoveNode(t.Context(), n))
		if err := <-done; err != nil || !strings.HasPrefix(b.String(), "up\n") {
			t.Errorf("%q, %v", b.String(), err)
		}
	})
}
