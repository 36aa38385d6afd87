package docker

import (
	"context"

	"github.com/moby/moby/client"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
)

// CreateVolume relies on Docker giving back the old volume when there is one.
func (e *Engine) CreateVolume(ctx context.Context, name string, labels map[string]string) error {
	return e.call(ctx, "create volume "+name, func(ctx context.Context, cli *client.Client) error {
		r, err := cli.VolumeCreate(ctx, client.VolumeCreateOptions{Name: name, Labels: labels})
		if err != nil {
			return err
		}
		e.over.Store(name, r.Volume.Labels[ferry.LabelOver])
		return sameStack(r.Volume.Labels, labels)
	})
}

// RemoveVolume fails with ErrConflict while a node, running or not, mounts it. What was
// changed of a volume that it stands on goes with it.
func (e *Engine) RemoveVolume(ctx context.Context, name string) error {
	return e.within(ctx, workTime, "remove volume "+name, func(ctx context.Context, cli *client.Client) error {
		if _, err := cli.VolumeRemove(ctx, name, client.VolumeRemoveOptions{}); unlessGone(err) != nil {
			return err
		}
		if over, known := e.over.LoadAndDelete(name); known && over == "" {
			return nil
		}
		_, err := cli.VolumeRemove(ctx, storeOf(name), client.VolumeRemoveOptions{})
		return unlessGone(err)
	})
}

// ListVolumes lists the volumes that bear all the labels.
func (e *Engine) ListVolumes(ctx context.Context, labels map[string]string) (all []engine.Volume, err error) {
	err = e.call(ctx, "list volumes", func(ctx context.Context, cli *client.Client) error {
		r, err := cli.VolumeList(ctx, client.VolumeListOptions{Filters: bearing(labels)})
		for _, v := range r.Items {
			all = append(all, engine.Volume{Name: v.Name, Labels: v.Labels})
		}
		return err
	})
	return all, err
}
