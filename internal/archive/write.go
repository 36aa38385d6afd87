package archive

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"
)

// Store takes the blobs of one artifact.
type Store interface {
	// Put takes the description first, then layer after layer, in order. The blob is not
	// changed afterwards.
	Put(ctx context.Context, d v1.Descriptor, blob []byte) error
	// Finish makes the artifact whole: the manifest names all blobs.
	Finish(ctx context.Context, d v1.Descriptor, manifest []byte) error
}

// Writer writes one snapshot to a store. The same snapshot is the same blobs.
type Writer struct {
	store    Store
	encoder  *zstd.Encoder
	manifest v1.Manifest
	piece    int // the size of one
}

// NewWriter begins with the description.
func NewWriter(ctx context.Context, s Store, d Description) (*Writer, error) {
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return nil, fmt.Errorf("begin to compress: %w", err)
	}
	text, err := d.encode()
	if err != nil {
		return nil, fmt.Errorf("describe the snapshot: %w", err)
	}
	w := &Writer{store: s, encoder: encoder, piece: pieceSize, manifest: v1.Manifest{
		Versioned: specs.Versioned{SchemaVersion: 2}, MediaType: v1.MediaTypeImageManifest, ArtifactType: ArtifactType,
		Config: describe(ConfigType, text), Layers: []v1.Descriptor{},
	}}
	return w, s.Put(ctx, w.manifest.Config, text)
}

func describe(mediaType string, blob []byte) v1.Descriptor {
	return v1.Descriptor{MediaType: mediaType, Digest: digest.FromBytes(blob), Size: int64(len(blob))}
}

// Volume writes what pack writes, as a volume of a node.
func (w *Writer) Volume(ctx context.Context, node, name string, pack func(io.Writer) error) error {
	c := &cutter{piece: make([]byte, 0, w.piece), put: func(piece []byte) error { return w.layer(ctx, node, name, piece) }}
	if err := pack(c); err != nil {
		return err
	}
	return c.end()
}

func (w *Writer) layer(ctx context.Context, node, name string, piece []byte) error {
	blob := w.encoder.EncodeAll(piece, nil)
	d := describe(LayerType, blob)
	d.Annotations = map[string]string{NodeKey: node, VolumeKey: name}
	w.manifest.Layers = append(w.manifest.Layers, d)
	return w.store.Put(ctx, d, blob)
}

// Close makes the artifact whole and returns the digest that names it.
func (w *Writer) Close(ctx context.Context) (string, error) {
	text, err := json.Marshal(w.manifest)
	if err != nil {
		return "", fmt.Errorf("list the layers: %w", err)
	}
	d := describe(v1.MediaTypeImageManifest, text)
	d.ArtifactType = ArtifactType
	return d.Digest.String(), errors.Join(w.store.Finish(ctx, d, text), w.encoder.Close())
}

// cutter cuts what is written into pieces.
type cutter struct {
	piece []byte
	put   func(piece []byte) error
}

func (c *cutter) Write(p []byte) (int, error) {
	for done := 0; done < len(p); {
		n := min(len(p)-done, cap(c.piece)-len(c.piece))
		c.piece = append(c.piece, p[done:done+n]...)
		if done += n; len(c.piece) < cap(c.piece) {
			continue
		}
		if err := c.end(); err != nil {
			return done, err
		}
	}
	return len(p), nil
}

// end hands over what has come since the last piece.
func (c *cutter) end() error {
	if len(c.piece) == 0 {
		return nil
	}
	err := c.put(c.piece)
	c.piece = c.piece[:0]
	return err
}
