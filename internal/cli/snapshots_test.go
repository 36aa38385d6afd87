package cli

import (
	"context"

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
	f.RemoveSnapshotFunc = func(_ context.Context, ref string) error { return s.call("rm-snapshot", ref) }
}
