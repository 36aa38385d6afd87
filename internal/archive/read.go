package archive

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"
)

// Reader reads one snapshot, which may come from anybody. What it hands out has been
// compared with its sum.
type Reader struct {
	Description
	source  Source
	decoder *zstd.Decoder
	next    v1.Descriptor // of ahead
	ahead   []byte        // a piece of the volume that comes next, compressed
	volumes int           // that have come
}

// NewReader reads the description.
func NewReader(ctx context.Context, s Source) (*Reader, error) {
	d, text, err := s.Next(ctx)
	if err == nil && d.MediaType != ConfigType {
		err = bad("is none: it does not begin with what it holds")
	}
	if err != nil {
		return nil, err
	}
	decoder, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(pieceSize))
	if err != nil {
		return nil, fmt.Errorf("begin to decompress: %w", err)
	}
	r := &Reader{source: s, decoder: decoder}
	if r.Description, err = decode(text); err != nil {
		return nil, err
	}
	return r, r.fetch(ctx)
}

// fetch reads one piece ahead; at the end there is none.
func (r *Reader) fetch(ctx context.Context) (err error) {
	r.next, r.ahead, err = r.source.Next(ctx)
	if errors.Is(err, io.EOF) {
		r.next, r.ahead = v1.Descriptor{}, nil
		return nil
	}
	return err
}

// Next returns the tar of the next volume, and which it is; io.EOF after the last one. They
// come in the order of the description, and each must be read to its end.
func (r *Reader) Next(ctx context.Context) (node, name string, tar io.Reader, err error) {
	want := r.Snapshot.Volumes
	if r.ahead == nil {
		if r.volumes < len(want) {
			return "", "", nil, bad("is not whole: the volume %s of %s is missing", want[r.volumes].Name, want[r.volumes].Node)
		}
		return "", "", nil, io.EOF
	}
	node, name = r.next.Annotations[NodeKey], r.next.Annotations[VolumeKey]
	if r.volumes >= len(want) || node != want[r.volumes].Node || name != want[r.volumes].Name {
		return "", "", nil, bad("holds a volume %.50q of %.50q where another was to come", name, node)
	}
	r.volumes++
	return node, name, &volume{ctx: ctx, reader: r, node: node, name: name}, nil
}

// Close lets go of what decompresses.
func (r *Reader) Close() { r.decoder.Close() }

// volume is the tar of one volume, piece after piece.
type volume struct {
	ctx        context.Context //nolint:containedctx // of the Next that has made it: io.Reader has none
	reader     *Reader
	node, name string
	piece      []byte
	rest       []byte // of piece
}

func (v *volume) Read(p []byte) (int, error) {
	for len(v.rest) == 0 {
		r := v.reader
		if r.ahead == nil || r.next.Annotations[NodeKey] != v.node || r.next.Annotations[VolumeKey] != v.name {
			return 0, io.EOF
		}
		var err error
		if v.piece, err = r.decoder.DecodeAll(r.ahead, v.piece[:0]); err != nil {
			return 0, bad("is damaged: a part of it cannot be decompressed: %w", err)
		}
		v.rest = v.piece
		if err := r.fetch(v.ctx); err != nil {
			return 0, err
		}
	}
	n := copy(p, v.rest)
	v.rest = v.rest[n:]
	return n, nil
}
