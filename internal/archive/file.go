package archive

import (
	"archive/tar"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/opencontainers/image-spec/specs-go"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"
)

// The places in an OCI layout.
const (
	blobFolder = "blobs/sha256/"
	// recordPrefix begins the record of a tar's entry that has an annotation of a layer: the
	// manifest, which has them all, comes last, as sums are known only then.
	recordPrefix = "FERRY."
)

// File is a store that writes one file: the tar of an OCI layout, which other programs read
// too. It is written from the beginning to the end, and read so.
type File struct{ tar *tar.Writer }

// NewFile begins a file.
func NewFile(w io.Writer) (*File, error) {
	f := &File{tar.NewWriter(w)}
	text, err := json.Marshal(v1.ImageLayout{Version: v1.ImageLayoutVersion})
	if err != nil {
		return nil, fmt.Errorf("begin an archive: %w", err)
	}
	return f, f.entry(v1.ImageLayoutFile, nil, text)
}

// Put writes a blob.
func (f *File) Put(ctx context.Context, d v1.Descriptor, blob []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return f.entry(blobFolder+d.Digest.Encoded(), d.Annotations, blob)
}

// Finish writes the manifest and the index, without which the file is taken for cut off.
func (f *File) Finish(ctx context.Context, d v1.Descriptor, manifest []byte) error {
	if err := f.Put(ctx, d, manifest); err != nil {
		return err
	}
	text, err := json.Marshal(v1.Index{
		Versioned: specs.Versioned{SchemaVersion: 2}, MediaType: v1.MediaTypeImageIndex, Manifests: []v1.Descriptor{d},
	})
	if err != nil {
		return fmt.Errorf("end an archive: %w", err)
	}
	if err := f.entry(v1.ImageIndexFile, nil, text); err != nil {
		return err
	}
	return f.tar.Close()
}

func (f *File) entry(name string, annotations map[string]string, content []byte) error {
	h := &tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Size: int64(len(content)), Format: tar.FormatPAX, PAXRecords: map[string]string{}}
	for key, value := range annotations {
		h.PAXRecords[recordPrefix+key] = value
	}
	if err := f.tar.WriteHeader(h); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	if _, err := f.tar.Write(content); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return f.tar.Flush()
}

// annotationsOf returns what an entry says of its layer.
func annotationsOf(h *tar.Header) map[string]string {
	var found map[string]string
	for key, value := range h.PAXRecords {
		if name, ok := strings.CutPrefix(key, recordPrefix); ok {
			if found == nil {
				found = map[string]string{}
			}
			found[name] = value
		}
	}
	return found
}
