package client_test

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/api/apitest"
)

func archiveRounds() []round {
	const ref, file = "a/b?c d%20ü", "an archive\x00"
	imported := api.Imported{Snapshot: ferry.Snapshot{ID: "sn-1", From: "an archive", Volumes: []ferry.SnapshotVolume{}}, Renewed: []string{"key"}}
	return []round{
		{
			"export", file,
			[]any{ref, api.ExportRequest{Secrets: true}},
			func(ctx context.Context, f api.Ferry) (any, error) {
				r, err := f.Export(ctx, ref, api.ExportRequest{Secrets: true})
				if err != nil {
					return nil, err
				}
				defer r.Close()
				b, err := io.ReadAll(r)
				return string(b), err
			},
			func(f *apitest.Ferry, told *[]any) {
				f.ExportFunc = func(_ context.Context, ref string, r api.ExportRequest) (io.ReadCloser, error) {
					*told = []any{ref, r}
					return io.NopCloser(strings.NewReader(file)), nil
				}
			},
		},
		{
			"import",
			[]any{imported, lines{"one"}},
			[]any{api.ImportRequest{Name: "räder"}, file},
			func(ctx context.Context, f api.Ferry) (any, error) {
				var got lines
				done, err := f.Import(ctx, api.ImportRequest{Name: "räder"}, strings.NewReader(file), got.add)
				return []any{done, got}, err
			},
			func(f *apitest.Ferry, told *[]any) {
				f.ImportFunc = func(_ context.Context, r api.ImportRequest, archive io.Reader, progress func(string) error) (api.Imported, error) {
					b, err := io.ReadAll(archive)
					*told = []any{r, string(b)}
					return imported, errors.Join(err, progress("one"))
				}
			},
		},
	}
}
