package enginetest

import (
	"testing"

	"github.com/ferry-project/ferry/internal/engine"
)

// copyVolumes: a copy of a volume in use is brought nearer in passes, loses what its
// source has lost, and is its source's with nobody writing.
func (s *suite) copyVolumes(t *testing.T) {
	ctx := t.Context()
	if lacks(t, s.has.Copy, func() error { _, err := s.OpenCopy(ctx, nil, nil); return err }) {
		return
	}
	from, to := s.volume(t), s.volume(t)
	writer := s.running(t, mounting(from))
	s.tool(t, writer, "write", "/data/first", "one")
	c, err := s.OpenCopy(ctx, []engine.VolumePair{{From: from, To: to}}, s.labels())
	must(t, err)
	done, err := c.Pass(ctx)
	must(t, err)
	if done.Files != 1 || done.Bytes != 3 {
		t.Errorf("the first pass copied %+v", done)
	}
	s.tool(t, writer, "write", "/data/first", "two") // as long as before
	s.tool(t, writer, "write", "/data/second", "more")
	_, err = c.Pass(ctx)
	must(t, err)
	before, err := c.Sum(ctx, to)
	must(t, err)
	if before.Files != 2 || before.Digest == "" {
		t.Errorf("the copy sums up to %+v", before)
	}
	if _, err := c.Sum(ctx, "another"); err == nil {
		t.Error("a volume that is not copied has a sum")
	}
	must(t, c.Close(ctx))
	reader := s.running(t, mounting(to))
	for path, content := range map[string]string{"/data/first": "two", "/data/second": "more"} {
		if out := s.tool(t, reader, "read", path); out != content {
			t.Errorf("%s of the copy is %q, want %q", path, out, content)
		}
	}
	s.tool(t, reader, "write", "/data/first", "own")
	if out := s.tool(t, writer, "read", "/data/first"); out != "two" {
		t.Errorf("a write to the copy made the source %q", out)
	}
	s.sumShows(t, to, before)
}

// sumShows: a volume that was touched has another sum.
func (s *suite) sumShows(t *testing.T, volume string, before engine.VolumeSum) {
	t.Helper()
	c, err := s.OpenCopy(t.Context(), []engine.VolumePair{{From: volume}}, s.labels())
	must(t, err)
	defer func() { must(t, c.Close(t.Context())) }()
	if after, err := c.Sum(t.Context(), volume); err != nil || after.Digest == before.Digest {
		t.Errorf("a volume that was written to sums up to what it was, %v", err)
	}
}

func mounting(volume string) func(*engine.Spec) {
	return func(sp *engine.Spec) { sp.Mounts = []engine.Mount{{Volume: volume, Path: "/data"}} }
}

// copyMissing: what is not there is not made.
func (s *suite) copyMissing(t *testing.T) {
	if !s.has.Copy {
		return
	}
	missing := s.name("vol")
	_, err := s.OpenCopy(t.Context(), []engine.VolumePair{{From: missing, To: s.volume(t)}}, s.labels())
	want(t, "copy a volume that is not there", err, engine.ErrNotFound)
	all, err := s.ListVolumes(t.Context(), s.labels())
	must(t, err)
	for _, v := range all {
		if v.Name == missing {
			t.Error("the missing volume was made")
		}
	}
}

// freeze: nodes stand still and go on, and what is asked for twice is as good as once.
func (s *suite) freeze(t *testing.T) {
	ctx := t.Context()
	if lacks(t, s.has.Freeze, func() error { return s.Freeze(ctx, []string{"any"}) }) {
		return
	}
	nodes := []string{s.running(t, nil), s.running(t, nil)}
	must(t, s.Freeze(ctx, nodes))
	must(t, s.Freeze(ctx, nodes[:1]))
	for _, n := range nodes {
		if st := s.state(t, n); st != engine.Paused {
			t.Errorf("%s is %s", n, st)
		}
	}
	must(t, s.Thaw(ctx, nodes))
	must(t, s.Thaw(ctx, append(nodes, s.node(t, nil))))
	s.tool(t, nodes[0], "echo", "on")
	if err := s.Freeze(ctx, []string{nodes[0], s.node(t, nil)}); err == nil {
		t.Error("a node that does not run was frozen")
	}
	if st := s.state(t, nodes[0]); st != engine.Running {
		t.Errorf("the other one is %s", st)
	}
	must(t, s.Freeze(ctx, nodes[1:]))
	must(t, s.StartNode(ctx, nodes[1])) // a start makes it run, whatever it was
	s.tool(t, nodes[1], "echo", "on")
}

func (s *suite) state(t *testing.T, node string) engine.State {
	t.Helper()
	all, err := s.ListNodes(t.Context(), s.labels())
	must(t, err)
	for _, n := range all {
		if n.Name == node {
			return n.State
		}
	}
	return ""
}
