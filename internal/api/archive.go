package api

import (
	"context"
	"io"

	"github.com/ferry-project/ferry"
)

// Archives are snapshots that travel.
type Archives interface {
	// Export returns a snapshot as one file. The reader returns the error, if there is one,
	// instead of io.EOF: what was read then is no archive.
	Export(ctx context.Context, ref string, r ExportRequest) (io.ReadCloser, error)
	// Import makes a snapshot of such a file, which is not believed. When it fails, nothing
	// of it is left, and archive may still be read from for a moment.
	Import(ctx context.Context, r ImportRequest, archive io.Reader, progress func(line string) error) (Imported, error)
}

// ExportRequest says what of a snapshot travels beside its data and its plan.
type ExportRequest struct {
	// Secrets: its passwords and keys too, readable by whoever has the archive.
	Secrets bool `json:"secrets,omitempty"`
}

// ImportRequest says what becomes of an archive.
type ImportRequest struct {
	Name string `json:"name,omitempty"`
}

// Imported is a snapshot that has come from elsewhere.
type Imported struct {
	Snapshot ferry.Snapshot `json:"snapshot"`
	// Renewed are the secrets that did not come along, and were made here.
	Renewed []string `json:"renewed,omitempty"`
}
