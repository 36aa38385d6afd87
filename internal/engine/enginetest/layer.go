package enginetest

import (
	"slices"
	"strings"
	"testing"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
)

// layers: volumes stand on one that holds something, each changes for itself, and what
// they stand on stays as it is, and there.
func (s *suite) layers(t *testing.T) {
	ctx := t.Context()
	if lacks(t, s.has.Layer, func() error { _, err := s.CreateLayers(ctx, nil); return err }) {
		return
	}
	lower, sum := s.held(t)
	all := []engine.Layer{over(t, s, lower), over(t, s, lower)}
	sums, err := s.CreateLayers(ctx, all)
	must(t, err)
	if len(sums) != 2 || sums[0] != sum || sums[1] != sum {
		t.Errorf("they stand on %+v, want twice %+v", sums, sum)
	}
	_, err = s.CreateLayers(ctx, all[:1])
	want(t, "create a layer twice", err, engine.ErrConflict)
	one, two := s.running(t, mounting(all[0].Name)), s.running(t, mounting(all[1].Name))
	s.tool(t, one, "write", "/data/file", "of one")
	s.tool(t, one, "write", "/data/more", "of one")
	if out := s.tool(t, two, "read", "/data/file"); out != "below" {
		t.Errorf("a write to one made the other %q", out)
	}
	want(t, "remove what volumes stand on", s.RemoveVolume(ctx, lower), engine.ErrConflict)
	must(t, s.StopNode(ctx, one, 0))
	must(t, s.StartNode(ctx, one))
	s.awaitInit(t, one)
	if out := s.tool(t, one, "read", "/data/more"); out != "of one" {
		t.Errorf("after a restart it holds %q", out)
	}
	if now := s.sum(t, lower); now != sum {
		t.Errorf("what they stand on was %+v and is %+v", sum, now)
	}
	must(t, s.RemoveNode(ctx, one))
	must(t, s.RemoveVolume(ctx, all[0].Name))
	s.noneOf(t, all[0].Name)
}

// noneOf wants nothing of a volume to be left.
func (s *suite) noneOf(t *testing.T, volume string) {
	t.Helper()
	left, err := s.ListVolumes(t.Context(), s.labels())
	must(t, err)
	if slices.ContainsFunc(left, func(v engine.Volume) bool { return strings.HasPrefix(v.Name, volume) }) {
		t.Errorf("something of %s is left: %v", volume, left)
	}
}

// held is a volume with a file, and its sum.
func (s *suite) held(t *testing.T) (string, engine.VolumeSum) {
	t.Helper()
	v := s.volume(t)
	writer := s.running(t, mounting(v))
	s.tool(t, writer, "write", "/data/file", "below")
	must(t, s.RemoveNode(t.Context(), writer))
	return v, s.sum(t, v)
}

func (s *suite) sum(t *testing.T, volume string) engine.VolumeSum {
	t.Helper()
	c, err := s.OpenCopy(t.Context(), []engine.VolumePair{{From: volume}}, s.labels())
	must(t, err)
	defer func() { must(t, c.Close(t.Context())) }()
	sum, err := c.Sum(t.Context(), volume)
	must(t, err)
	return sum
}

// over is a volume that is to stand on another.
func over(t *testing.T, s *suite, lower string) engine.Layer {
	t.Helper()
	l := engine.Layer{Name: s.name("vol"), Over: lower, Labels: s.labels()}
	t.Cleanup(func() { drop(t, s.RemoveVolume, l.Name) })
	return l
}

// overNothing: what is not there is not made.
func (s *suite) overNothing(t *testing.T) {
	if !s.has.Layer {
		return
	}
	l := over(t, s, s.name("vol"))
	_, err := s.CreateLayers(t.Context(), []engine.Layer{l})
	want(t, "stand on a volume that is not there", err, engine.ErrNotFound)
	s.noneOf(t, l.Over)
	s.noneOf(t, l.Name)
	all, err := s.ListVolumes(t.Context(), map[string]string{ferry.LabelOver: l.Over})
	must(t, err)
	if len(all) > 0 {
		t.Errorf("%v say that they stand on it", all)
	}
}
