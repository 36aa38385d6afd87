package run

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/secret"
)

// spy keeps the tar of the last CopyTo.
type spy struct {
	engine.Engine
	at  string
	tar []byte
}

func (s *spy) CopyTo(_ context.Context, _, at string, r io.Reader) (err error) {
	s.at = at
	s.tar, err = io.ReadAll(r)
	return err
}

func TestFilesGoInOneTar(t *testing.T) {
	try(t, func(t *testing.T, b *bench) {
		s := &spy{Engine: b.engine}
		b.use(s)
		b.Owners = map[string]int{"root": 0, "ferry": 1000, "hdfs": 990}
		b.graph.Plan.Nodes[0].Files = []ferry.File{
			{Path: "/service/conf/ssh/id", Content: ferry.SecretRef("db", secret.Value), Mode: 0o600, Owner: "ferry"},
			{Path: "/service/conf/ssh/config", Content: "x", Owner: "ferry"},
			{Path: "/etc/hdfs/../hdfs/a.xml", Owner: "hdfs"},
			{Path: "/opt/n", Owner: "77"},
			{Path: "/etc/r", Owner: "root", Mode: 0o4755},
		}
		b.graph.Ops = []ferry.Op{{ID: "files a0", Do: ferry.PutFiles, Node: "a0"}}
		if _, err := b.walk(t); err != nil {
			t.Fatal(err)
		}
		want := []string{
			"etc/ferry/services/d/run 755 0:0 run a0",
			"service/conf/ssh/id 600 1000:1000 " + password,
			"service/conf/ssh/config 644 1000:1000 x",
			"etc/hdfs/a.xml 644 990:990 ",
			"opt/n 644 77:77 ",
			"etc/r 4755 0:0 ",
		}
		if got := listing(t, s.tar); s.at != "/" || !slices.Equal(got, want) {
			t.Errorf("at %s got\n%s\nwant\n%s", s.at, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	})
}

func listing(t *testing.T, packed []byte) []string {
	t.Helper()
	var all []string
	for r := tar.NewReader(bytes.NewReader(packed)); ; {
		h, err := r.Next()
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		content, _ := io.ReadAll(r)
		if h.ModTime.IsZero() || h.ModTime.Equal(time.Unix(0, 0)) {
			t.Errorf("%s has no time", h.Name)
		}
		all = append(all, fmt.Sprintf("%s %o %d:%d %s", h.Name, h.Mode, h.Uid, h.Gid, content))
	}
}

func TestFilesThatCannotBePut(t *testing.T) {
	for name, c := range map[string]struct {
		file ferry.File
		want string
	}{
		"owner":    {ferry.File{Path: "/x", Owner: "nobody-knows"}, "nobody-knows"},
		"relative": {ferry.File{Path: "x"}, "absolute"},
		"root":     {ferry.File{Path: "/.."}, "absolute"},
		"secret":   {ferry.File{Path: "/x", Content: ferry.SecretRef("no", "value")}, "no.value"},
	} {
		t.Run(name, func(t *testing.T) {
			try(t, func(t *testing.T, b *bench) {
				b.graph.Plan.Nodes[0].Files = []ferry.File{c.file}
				b.graph.Ops = []ferry.Op{{ID: "files a0", Do: ferry.PutFiles, Node: "a0"}}
				if _, err := b.walk(t); err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("got %v", err)
				}
			})
		})
	}
}
