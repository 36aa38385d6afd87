package apitest

import (
	"context"
	"io"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
)

// Export plays ExportFunc, else no snapshot is known.
func (f *Ferry) Export(ctx context.Context, ref string, r api.ExportRequest) (io.ReadCloser, error) {
	if f.ExportFunc == nil {
		return nil, noSnapshot(ref)
	}
	return f.ExportFunc(ctx, ref, r)
}

// Import plays ImportFunc, else nothing is an archive.
func (f *Ferry) Import(ctx context.Context, r api.ImportRequest, archive io.Reader, progress func(string) error) (api.Imported, error) {
	if f.ImportFunc == nil {
		return api.Imported{}, ferry.Errorf(ferry.Invalid, "no archive")
	}
	return f.ImportFunc(ctx, r, archive, progress)
}
