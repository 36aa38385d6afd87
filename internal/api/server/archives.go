package server

import (
	"context"
	"io"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/ferry-project/ferry/internal/api"
)

type exportInput struct {
	Ref     string `path:"ref" doc:"A snapshot's id, an unambiguous beginning of it, or its name." example:"sn-1"`
	Secrets bool   `query:"secrets" doc:"Its passwords and keys too, readable by whoever has the archive."`
}

type importInput struct {
	Name string `query:"name" doc:"A name for the new snapshot."`
}

func (r routes) archives() {
	get := gives(described(operation(http.MethodGet, "/v1/snapshots/{ref}/archive", "snapshots", "export-snapshot", "Export a snapshot"),
		"The snapshot as one file: an OCI layout in a tar. "+trailerNote), tarType, "A tar of an OCI layout.", binary())
	huma.Register(r.api, failure(r.api, get), func(_ context.Context, in *exportInput) (*huma.StreamResponse, error) {
		return streamed(tarType, func(w *flushed, req *http.Request) error { return export(req.Context(), r.ferry, in, w) })
	})
	post := takesTar(described(operation(http.MethodPost, "/v1/snapshots", "snapshots", "import-snapshot", "Import a snapshot"),
		"Makes a snapshot of such a file, which is not believed: what is wrong with it is said, and nothing of it stays."),
		"What an export has written, of any length.")
	post = gives(post, api.NDJSONType, "Lines of progress, then the result.", schemaOf[api.Report[api.Imported]](r.api))
	huma.Register(r.api, failure(r.api, post), func(_ context.Context, in *importInput) (*huma.StreamResponse, error) {
		return reported(func(req *http.Request, progress func(string) error) (api.Imported, error) {
			return r.ferry.Import(req.Context(), api.ImportRequest{Name: in.Name}, unhurried(req), progress)
		})
	})
}

func export(ctx context.Context, f api.Archives, in *exportInput, w *flushed) error {
	file, err := f.Export(ctx, in.Ref, api.ExportRequest{Secrets: in.Secrets})
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	_, err = io.CopyBuffer(w, struct{ io.Reader }{file}, make([]byte, 256<<10))
	return err
}
