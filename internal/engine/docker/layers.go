package docker

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"

	"github.com/moby/moby/api/types/mount"
	"github.com/moby/moby/client"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/mirror"
)

// A volume that stands on another is one of Docker's own driver with an overlay file
// system: the lower folder is the other volume, the upper one is in a store, a volume that
// is made and removed with it. Docker mounts it for the first node that has it, also after
// a restart, and knows nothing of what it is made of. So every such node mounts that too,
// read-only and out of the way: Docker removes no volume that a node mounts.

// storeOf is the volume that has what is changed in another.
func storeOf(volume string) string { return volume + "-layer" }

// underneath is where a node has what its volumes stand on.
const underneath = "/usr/lib/ferry/underneath/"

// CreateLayers takes as long as the start of one container, whatever the volumes hold;
// the first time as long as two.
func (e *Engine) CreateLayers(ctx context.Context, layers []engine.Layer) ([]engine.VolumeSum, error) {
	if why := e.flat.Load(); why != nil {
		return nil, fmt.Errorf("%w: %s", errors.ErrUnsupported, *why)
	}
	s := stand{e, layers}
	if err := s.noneYet(ctx); err != nil {
		return nil, err
	}
	sums, err := s.layer(ctx)
	if err != nil {
		err = errors.Join(err, s.dropLayers(context.WithoutCancel(ctx)))
	}
	return sums, err
}

// stand is the making of some layers.
type stand struct {
	*Engine
	layers []engine.Layer
}

func (s stand) layer(ctx context.Context) ([]engine.VolumeSum, error) {
	var pairs []engine.VolumePair
	for _, l := range s.layers {
		labels := maps.Clone(l.Labels)
		delete(labels, ferry.LabelPlan)
		if err := s.CreateVolume(ctx, storeOf(l.Name), labels); err != nil {
			return nil, err
		}
		pairs = append(pairs, engine.VolumePair{From: l.Over, To: storeOf(l.Name)})
	}
	sums, err := s.prepare(ctx, pairs)
	if err != nil {
		return nil, err
	}
	for _, l := range s.layers {
		if err := s.create(ctx, l); err != nil {
			return nil, err
		}
	}
	return sums, s.look(ctx)
}

// noneYet fails for a volume that is there: Docker would leave it as it is.
func (s stand) noneYet(ctx context.Context) error {
	return s.call(ctx, "create layers", func(ctx context.Context, cli *client.Client) error {
		for _, l := range s.layers {
			for _, name := range []string{l.Name, storeOf(l.Name)} {
				_, err := cli.VolumeInspect(ctx, name, client.VolumeInspectOptions{})
				if err == nil {
					return fmt.Errorf("%w: volume %s is there already", engine.ErrConflict, name)
				}
				if unlessGone(err) != nil {
					return err
				}
			}
		}
		return nil
	})
}

// prepare makes the folders of the stores, and sums up what they are for.
func (s stand) prepare(ctx context.Context, pairs []engine.VolumePair) (sums []engine.VolumeSum, err error) {
	err = s.helped(ctx, pairs, func(c *copying) error {
		for _, l := range s.layers {
			sum, err := c.Sum(ctx, l.Over)
			if err != nil {
				return err
			}
			sums = append(sums, sum)
		}
		_, err := c.order(ctx, "prepare layers", mirror.Order{Do: mirror.DoLayer})
		return err
	})
	return sums, err
}

// helped does something with a process that has the volumes for a moment.
func (s stand) helped(ctx context.Context, pairs []engine.VolumePair, do func(*copying) error) (err error) {
	c, err := s.openCopy(ctx, pairs, helperLabels(s.layers))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close(context.WithoutCancel(ctx))) }()
	return do(c)
}

// helperLabels are those of what works on layers for a moment.
func helperLabels(layers []engine.Layer) map[string]string {
	labels := map[string]string{}
	for _, l := range layers {
		for _, key := range []string{ferry.LabelFerry, ferry.LabelHome, ferry.LabelStack} {
			if v, ok := l.Labels[key]; ok {
				labels[key] = v
			}
		}
	}
	return labels
}

// create makes one volume. Without the two options hard links would break, and folders
// could not be moved.
func (s stand) create(ctx context.Context, l engine.Layer) error {
	return s.call(ctx, "create volume "+l.Name, func(ctx context.Context, cli *client.Client) error {
		var at []string
		for _, name := range []string{l.Over, storeOf(l.Name)} {
			r, err := cli.VolumeInspect(ctx, name, client.VolumeInspectOptions{})
			if err != nil {
				return err
			}
			if strings.ContainsAny(r.Volume.Mountpoint, ",:\\") {
				return fmt.Errorf("%w: the place of volumes, %s, cannot be an option of a mount", errors.ErrUnsupported, r.Volume.Mountpoint)
			}
			at = append(at, r.Volume.Mountpoint)
		}
		labels := maps.Clone(l.Labels)
		labels[ferry.LabelOver] = l.Over
		_, err := cli.VolumeCreate(ctx, client.VolumeCreateOptions{Name: l.Name, Driver: "local", Labels: labels, DriverOpts: map[string]string{
			"type": "overlay", "device": "overlay",
			"o": fmt.Sprintf("lowerdir=%s,upperdir=%s/%s,workdir=%s/%s,index=on,redirect_dir=on", at[0], at[1], mirror.Upper, at[1], mirror.Work),
		}})
		if err == nil {
			s.over.Store(l.Name, l.Over)
		}
		return err
	})
}

// look tries once whether such volumes can be mounted on the engine's machine, and are
// then what they are to be.
func (s stand) look(ctx context.Context) error {
	if s.mounts.Load() || len(s.layers) == 0 {
		return nil
	}
	err := s.mounted(ctx)
	if err == nil {
		s.mounts.Store(true)
		return nil
	}
	if ctx.Err() != nil || errors.Is(err, engine.ErrUnavailable) {
		return err
	}
	why := err.Error()
	s.flat.Store(&why)
	return fmt.Errorf("%w: %w", errors.ErrUnsupported, err)
}

func (s stand) mounted(ctx context.Context) error {
	return s.helped(ctx, []engine.VolumePair{{From: s.layers[0].Name}}, func(c *copying) error {
		_, err := c.order(ctx, "look at a layer", mirror.Order{Do: mirror.DoLook, Folder: mirror.Sources + "/0"})
		return err
	})
}

// dropLayers: a store goes with the volume that it is of, made or not.
func (s stand) dropLayers(ctx context.Context) error {
	var errs []error
	for _, l := range s.layers {
		errs = append(errs, s.RemoveVolume(ctx, l.Name))
	}
	return errors.Join(errs...)
}

// beneath are mounts that keep what the volumes of a node stand on.
func (e *Engine) beneath(ctx context.Context, cli *client.Client, own []engine.Mount) ([]mount.Mount, error) {
	var all []engine.Mount
	for _, m := range own {
		over, err := e.standsOn(ctx, cli, m.Volume)
		if err != nil {
			return nil, err
		}
		if over == "" {
			continue
		}
		for _, name := range []string{over, storeOf(m.Volume)} {
			all = append(all, engine.Mount{Volume: name, Path: underneath + strconv.Itoa(len(all)), ReadOnly: true})
		}
	}
	return mounts(all), nil
}

// standsOn returns the volume that another stands on, "" for none. Who has just made it
// knows: a first start asks nothing.
func (e *Engine) standsOn(ctx context.Context, cli *client.Client, volume string) (string, error) {
	if over, known := e.over.Load(volume); known {
		return over.(string), nil
	}
	r, err := cli.VolumeInspect(ctx, volume, client.VolumeInspectOptions{})
	if err != nil {
		return "", unlessGone(err) // Docker makes it, a plain one
	}
	over := r.Volume.Labels[ferry.LabelOver]
	e.over.Store(volume, over)
	return over, nil
}
