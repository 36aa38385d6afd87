package transfer

import (
	"context"
	"errors"
	"io"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/archive"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/state"
)

// Export is written while it is read.
func (t *Transfer) Export(ctx context.Context, ref string, r api.ExportRequest) (io.ReadCloser, error) {
	n, err := t.leaving(ctx, ref)
	if err != nil {
		return nil, err
	}
	out, in := io.Pipe()
	go func() {
		_ = in.CloseWithError(t.toFile(ctx, n, r, in))
	}()
	return out, nil
}

func (t *Transfer) toFile(ctx context.Context, n state.Snapshot, r api.ExportRequest, w io.Writer) error {
	f, err := archive.NewFile(w)
	if err == nil {
		_, err = t.write(ctx, n, r, f)
	}
	return engine.Explain(err)
}

// leaving finds a snapshot that is whole, and what it was.
func (t *Transfer) leaving(ctx context.Context, ref string) (state.Snapshot, error) {
	n, err := t.Records.FindSnapshot(ctx, ref)
	if err != nil {
		return n, err
	}
	if n.State != ferry.SnapshotGood {
		return n, ferry.Errorf(ferry.Conflict, "snapshot %s is not whole: it is still being made, or its making was cut off", n.ID)
	}
	if err := t.able(ctx); err != nil {
		return n, err
	}
	sums, err := t.sums(ctx, n.Snapshot)
	if errors.Is(err, engine.ErrNotFound) {
		return n, ferry.Errorf(ferry.Failed, "snapshot %s is not whole any more: %w", n.ID, err)
	}
	if err != nil {
		return n, engine.Explain(err)
	}
	for i, v := range n.Volumes {
		if sums[i].Digest != v.Digest {
			return n, ferry.Errorf(ferry.Failed, "snapshot %s was changed outside Ferry: the volume %s is not what was saved", n.ID, v.Volume)
		}
	}
	return n, nil
}

// write puts a snapshot into a store, and returns the digest that names it.
func (t *Transfer) write(ctx context.Context, n state.Snapshot, r api.ExportRequest, to archive.Store) (string, error) {
	w, err := archive.NewWriter(ctx, to, t.describe(n, r))
	if err != nil {
		return "", err
	}
	for _, v := range n.Volumes {
		err := w.Volume(ctx, v.Node, v.Name, func(w io.Writer) error {
			return t.Engine.PackVolume(ctx, v.Volume, t.labels(n.ID, ""), w)
		})
		if errors.Is(err, engine.ErrRefused) {
			return "", ferry.Errorf(ferry.Invalid, "the volume %s of %s cannot travel: %w", v.Name, v.Node, err)
		}
		if err != nil {
			return "", err
		}
	}
	return w.Close(ctx)
}

// describe leaves out what means something here only.
func (t *Transfer) describe(n state.Snapshot, r api.ExportRequest) archive.Description {
	d := archive.Description{Version: t.FerryVersion, Snapshot: n.Snapshot, Plan: n.Plan, Formed: n.Formed}
	d.Snapshot.Images, d.Snapshot.Name, d.Snapshot.From = nil, "", ""
	d.Snapshot.Volumes = append([]ferry.SnapshotVolume{}, n.Volumes...)
	for i := range d.Snapshot.Volumes {
		d.Snapshot.Volumes[i].Volume, d.Snapshot.Volumes[i].Digest = "", ""
	}
	if r.Secrets {
		d.Secrets = n.Secrets
	}
	return d
}
