// Package apitest holds a scripted api.Ferry for tests of those who call it: the
// command line, the HTTP server and client. Each method is played by a function
// field; a method without one behaves as a server that has nothing: listings are
// empty, everything looked up by name or id is ferry.NotFound.
package apitest

import (
	"context"
	"io"
	"net"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
)

var _ api.Ferry = (*Ferry)(nil)

// Ferry is the scripted one. The zero value is ready to use; set the fields before
// the first call, they are read without a lock.
type Ferry struct {
	StartFunc   func(ctx context.Context, r api.StartRequest) (ferry.Job, error)
	StopFunc    func(ctx context.Context, ref string) (ferry.Job, error)
	RemoveFunc  func(ctx context.Context, ref string, force bool) (ferry.Job, error)
	TestFunc    func(ctx context.Context, ref string) (ferry.Job, error)
	ApplyFunc   func(ctx context.Context, ref string, c api.Change) (ferry.Job, error)
	DiffFunc    func(ctx context.Context, ref string, c api.Change) (api.Difference, error)
	ListFunc    func(ctx context.Context, all bool) ([]ferry.Stack, error)
	InspectFunc func(ctx context.Context, ref string) (api.Detail, error)
	AdoptFunc   func(ctx context.Context) ([]ferry.Stack, error)

	HoldFunc    func(ctx context.Context, ref string, held func() error) error
	ReleaseFunc func(ctx context.Context, ref string) error
	BundleFunc  func(ctx context.Context, ref string, w io.Writer) error

	SnapshotFunc        func(ctx context.Context, ref string, r api.SnapshotRequest) (ferry.Job, error)
	SnapshotsFunc       func(ctx context.Context) ([]ferry.Snapshot, error)
	InspectSnapshotFunc func(ctx context.Context, ref string) (api.SnapshotDetail, error)
	RemoveSnapshotFunc  func(ctx context.Context, ref string) error
	RevertFunc          func(ctx context.Context, ref string, r api.RevertRequest) (ferry.Job, error)

	ExportFunc func(ctx context.Context, ref string, r api.ExportRequest) (io.ReadCloser, error)
	ImportFunc func(ctx context.Context, r api.ImportRequest, archive io.Reader, progress func(line string) error) (api.Imported, error)

	QuestionsFunc func(ctx context.Context, s api.Source) ([]ferry.Question, error)
	PlanFunc      func(ctx context.Context, s api.Source) (api.Proposal, error)

	JobFunc    func(ctx context.Context, id string) (ferry.Job, error)
	CancelFunc func(ctx context.Context, id string) error
	FollowFunc func(ctx context.Context, job string, after int64, do func(ferry.Event) error) error

	ListJobsFunc func(ctx context.Context, stack string) ([]ferry.Job, error)
	PastFunc     func(ctx context.Context, job string) ([]ferry.Event, error)

	ExecFunc     func(ctx context.Context, ref string, e api.ExecRequest, s api.Streams) (int, error)
	CopyToFunc   func(ctx context.Context, ref, node, path string, tar io.Reader) error
	CopyFromFunc func(ctx context.Context, ref, node, path string) (io.ReadCloser, error)
	LogsFunc     func(ctx context.Context, ref string, l api.LogsRequest, w io.Writer) error
	DialFunc     func(ctx context.Context, ref, node string, port int) (net.Conn, error)

	ImagesFunc         func(ctx context.Context) ([]api.Image, error)
	BuildFunc          func(ctx context.Context, recipes []string) (ferry.Job, error)
	BuildConnectorFunc func(ctx context.Context, name string, tar io.Reader, progress func(line string) error) (string, error)
	RemoveImagesFunc   func(ctx context.Context, names []string) ([]string, error)

	AppsFunc   func(ctx context.Context) ([]api.App, error)
	SchemaFunc func(ctx context.Context) ([]byte, error)

	VersionFunc func(ctx context.Context) (api.Version, error)
	DoctorFunc  func(ctx context.Context, fix bool, progress func(line string) error) ([]api.Check, error)
	QuitFunc    func(ctx context.Context) error
	UIFunc      func(ctx context.Context) (api.Link, error)
}

func noStack(ref string) error { return ferry.Errorf(ferry.NotFound, "no stack %q", ref) }

func noJob(id string) error { return ferry.Errorf(ferry.NotFound, "no job %q", id) }

func noApp(target string) error { return ferry.Errorf(ferry.NotFound, "no application %q", target) }
