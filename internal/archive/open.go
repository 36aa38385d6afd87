package archive

import (
	"archive/tar"
	"context"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"strings"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"
)

// Source hands out the blobs of one artifact, as they were put into a store.
type Source interface {
	// Next returns the next blob, whose sum holds. After the last, and once nothing is
	// missing, it returns io.EOF.
	Next(ctx context.Context) (v1.Descriptor, []byte, error)
}

// opened is a file that is read from its beginning to its end.
type opened struct {
	tar  *tar.Reader
	came []v1.Descriptor // the description, then the layers
	done bool
}

// Open begins to read a file, which may come from anybody.
func Open(r io.Reader) (Source, error) {
	o := &opened{tar: tar.NewReader(r)}
	h, err := o.tar.Next()
	if err != nil || h.Name != v1.ImageLayoutFile {
		return nil, bad("is none: it is no OCI layout in a tar")
	}
	var layout v1.ImageLayout
	text, err := o.content(h)
	if err != nil {
		return nil, err
	}
	err = json.Unmarshal(text, &layout)
	if err != nil || layout.Version != v1.ImageLayoutVersion {
		return nil, bad("is an OCI layout of a version that is not known: %.20q", layout.Version)
	}
	return o, nil
}

func (o *opened) Next(ctx context.Context) (v1.Descriptor, []byte, error) {
	if err := ctx.Err(); err != nil || o.done {
		return v1.Descriptor{}, nil, cmpError(err, io.EOF)
	}
	h, blob, err := o.blob()
	if err != nil {
		return v1.Descriptor{}, nil, err
	}
	d := describe(LayerType, blob)
	d.Annotations = annotationsOf(h)
	switch {
	case len(o.came) == 0:
		d.MediaType = ConfigType
	case len(d.Annotations) == 0:
		return v1.Descriptor{}, nil, o.end(d, blob)
	}
	o.came = append(o.came, d)
	return d, blob, nil
}

func cmpError(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

// blob reads an entry, whose name is its sum.
func (o *opened) blob() (*tar.Header, []byte, error) {
	h, err := o.tar.Next()
	if err != nil {
		return nil, nil, cutOff(err)
	}
	sum, ok := strings.CutPrefix(h.Name, blobFolder)
	if !ok || h.Typeflag != tar.TypeReg {
		return nil, nil, bad("holds %.100q, which does not belong there", h.Name)
	}
	blob, err := o.content(h)
	if err != nil {
		return nil, nil, err
	}
	if digest.FromBytes(blob).Encoded() != sum {
		return nil, nil, bad("is damaged: a part of it is not what its sum says (%.20q)", sum)
	}
	return h, blob, nil
}

// content reads an entry of a bounded size.
func (o *opened) content(h *tar.Header) ([]byte, error) {
	if h.Size < 0 || h.Size > mostBlob {
		return nil, bad("has a part of %d bytes, more than there can be", h.Size)
	}
	text := make([]byte, h.Size)
	if _, err := io.ReadFull(o.tar, text); err != nil {
		return nil, cutOff(err)
	}
	return text, nil
}

// cutOff: what broke while it was read is told as it is.
func cutOff(err error) error {
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return bad("is cut off: it ends before its list of contents")
	case errors.Is(err, tar.ErrHeader):
		return bad("is damaged: %w", err)
	}
	return err
}

// end compares what came with the manifest, and that with the index.
func (o *opened) end(d v1.Descriptor, text []byte) error {
	if err := Listed(text, o.came); err != nil {
		return err
	}
	h, err := o.tar.Next()
	if err != nil {
		return cutOff(err)
	}
	content, err := o.content(h)
	if err != nil {
		return err
	}
	var index v1.Index
	if err := json.Unmarshal(content, &index); err != nil || h.Name != v1.ImageIndexFile ||
		len(index.Manifests) != 1 || index.Manifests[0].Digest != d.Digest {
		return bad("is damaged: its index does not name what it holds")
	}
	o.done = true
	return io.EOF
}

// Listed fails unless a manifest is one of an artifact of exactly these blobs.
func Listed(text []byte, came []v1.Descriptor) error {
	m, err := manifestOf(text)
	if err != nil {
		return err
	}
	listed := append([]v1.Descriptor{m.Config}, m.Layers...)
	if len(listed) != len(came) {
		return bad("is damaged: it lists %d parts and holds %d", len(listed), len(came))
	}
	for i, d := range listed {
		if !reflect.DeepEqual(d, came[i]) {
			return bad("is damaged: its list of contents names another part than came")
		}
	}
	return nil
}

// manifestOf reads the manifest of an artifact of Ferry.
func manifestOf(text []byte) (v1.Manifest, error) {
	var m v1.Manifest
	if err := json.Unmarshal(text, &m); err != nil || m.Config.MediaType != ConfigType {
		return m, bad("is none: it holds something else than a snapshot of Ferry")
	}
	return m, nil
}
