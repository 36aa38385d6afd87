package cli

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/api/apitest"
)

func (s *scripted) playSnapshots(f *apitest.Ferry) {
	f.SnapshotFunc = func(_ context.Context, ref string, r api.SnapshotRequest) (ferry.Job, error) {
		return s.job(ferry.SnapshotJob, "snapshot", ref, r)
	}
	f.RevertFunc = func(_ context.Context, ref string, r api.RevertRequest) (ferry.Job, error) {
		return s.job(ferry.RevertJob, "revert", ref, r)
	}
	f.SnapshotsFunc = func(context.Context) ([]ferry.Snapshot, error) { return answer[[]ferry.Snapshot](s, "snapshots") }
	f.InspectSnapshotFunc = func(_ context.Context, ref string) (api.SnapshotDetail, error) {
		return answer[api.SnapshotDetail](s, "inspect-snapshot", ref)
	}
	f.ExportFunc = func(_ context.Context, ref string, r api.ExportRequest) (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader("an archive\n")), s.call("export", ref, r)
	}
	f.ImportFunc = func(_ context.Context, r api.ImportRequest, archive io.Reader, progress func(string) error) (api.Imported, error) {
		text, err := io.ReadAll(archive)
		if err = errors.Join(err, progress("volume brick of gluster0")); err != nil {
			return api.Imported{}, err
		}
		return answer[api.Imported](s, "import", r, string(text))
	}
	f.RemoveSnapshotFunc = func(_ context.Context, ref string) error { return s.call("rm-snapshot", ref) }
}
