package fake

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"strings"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
)

// copying is a copying of volumes in memory.
type copying struct {
	engine *Engine
	pairs  []engine.VolumePair
}

// OpenCopy fails with ErrNotFound when a volume is missing.
func (e *Engine) OpenCopy(ctx context.Context, pairs []engine.VolumePair, _ map[string]string) (engine.Copying, error) {
	err := e.do(ctx, Call{Name: "open-copy"}, func() error {
		if err := without(e.Facts.Features.Copy, "copy volumes"); err != nil {
			return err
		}
		for _, p := range pairs {
			for _, name := range []string{p.From, p.To} {
				if _, ok := e.volumes[name]; !ok && name != "" {
					return fmt.Errorf("%w: volume %s", engine.ErrNotFound, name)
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &copying{e, pairs}, nil
}

// Pass copies what differs.
func (c *copying) Pass(ctx context.Context) (done engine.Copied, err error) {
	err = c.engine.do(ctx, Call{Name: "copy-pass"}, func() error {
		for _, p := range c.pairs {
			if p.To == "" {
				continue
			}
			from, to := c.engine.volumes[p.From], c.engine.volumes[p.To]
			if from == nil || to == nil {
				return fmt.Errorf("%w: volume %s or %s", engine.ErrNotFound, p.From, p.To)
			}
			for path, f := range from.files {
				if old, ok := to.files[path]; !ok || string(old.data) != string(f.data) {
					done.Files, done.Bytes = done.Files+1, done.Bytes+int64(len(f.data))
				}
			}
			to.files = maps.Clone(from.files)
		}
		return nil
	})
	return done, err
}

// Sum is over contents.
func (c *copying) Sum(ctx context.Context, volume string) (s engine.VolumeSum, err error) {
	err = c.engine.do(ctx, Call{Name: "sum-volume", Target: volume}, func() error {
		v, ok := c.engine.volumes[volume]
		if !ok {
			return fmt.Errorf("%w: volume %s", engine.ErrNotFound, volume)
		}
		s = v.sum()
		return nil
	})
	return s, err
}

func (v *volume) sum() (s engine.VolumeSum) {
	all := sha256.New()
	for _, path := range sorted(v.files) {
		f := v.files[path]
		fmt.Fprintf(all, "%q %o %q\n", path, f.hdr.Mode, f.data)
		s.Files, s.Bytes = s.Files+1, s.Bytes+int64(len(f.data))
	}
	s.Digest = hex.EncodeToString(all.Sum(nil))
	return s
}

// CreateLayers makes copies that know what they are of.
func (e *Engine) CreateLayers(ctx context.Context, layers []engine.Layer) (sums []engine.VolumeSum, err error) {
	err = e.do(ctx, Call{Name: "create-layers"}, func() error {
		if err := without(e.Facts.Features.Layer, "put a volume over another"); err != nil {
			return err
		}
		for _, l := range layers {
			if _, ok := e.volumes[l.Over]; !ok {
				return fmt.Errorf("%w: volume %s", engine.ErrNotFound, l.Over)
			}
			if _, ok := e.volumes[l.Name]; ok {
				return fmt.Errorf("%w: volume %s is there already", engine.ErrConflict, l.Name)
			}
		}
		for _, l := range layers {
			lower := e.volumes[l.Over]
			labels := maps.Clone(l.Labels)
			labels[ferry.LabelOver] = l.Over
			e.volumes[l.Name] = &volume{labels: labels, files: maps.Clone(lower.files)}
			sums = append(sums, lower.sum())
		}
		return nil
	})
	return sums, err
}

// Close does nothing: nothing was made.
func (c *copying) Close(context.Context) error { return nil }

// Freeze fails for a node that does not run.
func (e *Engine) Freeze(ctx context.Context, nodes []string) error {
	return e.do(ctx, Call{Name: "freeze", Target: strings.Join(nodes, " ")}, func() error {
		if err := without(e.Facts.Features.Freeze, "freeze nodes"); err != nil {
			return err
		}
		for _, name := range nodes {
			if n, ok := e.nodes[name]; !ok || !n.alive() {
				return fmt.Errorf("%w: node %s does not run", engine.ErrConflict, name)
			}
		}
		for _, name := range nodes {
			e.nodes[name].state = engine.Paused
		}
		return nil
	})
}

// Thaw passes over what is not frozen.
func (e *Engine) Thaw(ctx context.Context, nodes []string) error {
	return e.do(ctx, Call{Name: "thaw", Target: strings.Join(nodes, " ")}, func() error {
		if err := without(e.Facts.Features.Freeze, "freeze nodes"); err != nil {
			return err
		}
		for _, name := range nodes {
			if n, ok := e.nodes[name]; ok && n.state == engine.Paused {
				n.state = engine.Running
			}
		}
		return nil
	})
}
