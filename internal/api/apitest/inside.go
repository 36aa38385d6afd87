package apitest

import (
	"context"
	"io"
	"net"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
)

// Exec plays ExecFunc, else no stack is known.
func (f *Ferry) Exec(ctx context.Context, ref string, e api.ExecRequest, s api.Streams) (int, error) {
	if f.ExecFunc == nil {
		return 0, noStack(ref)
	}
	return f.ExecFunc(ctx, ref, e, s)
}

// CopyTo plays CopyToFunc, else no stack is known.
func (f *Ferry) CopyTo(ctx context.Context, ref, node, path string, tar io.Reader) error {
	if f.CopyToFunc == nil {
		return noStack(ref)
	}
	return f.CopyToFunc(ctx, ref, node, path, tar)
}

// CopyFrom plays CopyFromFunc, else no stack is known.
func (f *Ferry) CopyFrom(ctx context.Context, ref, node, path string) (io.ReadCloser, error) {
	if f.CopyFromFunc == nil {
		return nil, noStack(ref)
	}
	return f.CopyFromFunc(ctx, ref, node, path)
}

// Logs plays LogsFunc, else no stack is known.
func (f *Ferry) Logs(ctx context.Context, ref string, l api.LogsRequest, w io.Writer) error {
	if f.LogsFunc == nil {
		return noStack(ref)
	}
	return f.LogsFunc(ctx, ref, l, w)
}

// Dial plays DialFunc, else no stack is known.
func (f *Ferry) Dial(ctx context.Context, ref, node string, port int) (net.Conn, error) {
	if f.DialFunc == nil {
		return nil, noStack(ref)
	}
	return f.DialFunc(ctx, ref, node, port)
}

// Images plays ImagesFunc, else there are no images.
func (f *Ferry) Images(ctx context.Context) ([]api.Image, error) {
	if f.ImagesFunc == nil {
		return []api.Image{}, nil
	}
	return f.ImagesFunc(ctx)
}

// Build plays BuildFunc, else no recipe is known.
func (f *Ferry) Build(ctx context.Context, recipes []string) (ferry.Job, error) {
	if f.BuildFunc == nil {
		return ferry.Job{}, ferry.Errorf(ferry.NotFound, "no recipes %q", recipes)
	}
	return f.BuildFunc(ctx, recipes)
}

// BuildConnector plays BuildConnectorFunc, else the connector is not found.
func (f *Ferry) BuildConnector(ctx context.Context, name string, tar io.Reader, progress func(string) error) (string, error) {
	if f.BuildConnectorFunc == nil {
		return "", ferry.Errorf(ferry.NotFound, "no connector %q", name)
	}
	return f.BuildConnectorFunc(ctx, name, tar, progress)
}

// RemoveImages plays RemoveImagesFunc, else nothing is removed, and named images are not found.
func (f *Ferry) RemoveImages(ctx context.Context, names []string) ([]string, error) {
	switch {
	case f.RemoveImagesFunc != nil:
		return f.RemoveImagesFunc(ctx, names)
	case len(names) > 0:
		return nil, ferry.Errorf(ferry.NotFound, "no images %q", names)
	}
	return []string{}, nil
}

// Apps plays AppsFunc, else there are no applications.
func (f *Ferry) Apps(ctx context.Context) ([]api.App, error) {
	if f.AppsFunc == nil {
		return []api.App{}, nil
	}
	return f.AppsFunc(ctx)
}

// Schema plays SchemaFunc, else the schema that takes everything.
func (f *Ferry) Schema(ctx context.Context) ([]byte, error) {
	if f.SchemaFunc == nil {
		return []byte(`{}`), nil
	}
	return f.SchemaFunc(ctx)
}

// Version plays VersionFunc, else the version is "test".
func (f *Ferry) Version(ctx context.Context) (api.Version, error) {
	if f.VersionFunc == nil {
		return api.Version{Ferry: "test"}, nil
	}
	return f.VersionFunc(ctx)
}

// Doctor plays DoctorFunc, else nothing was checked.
func (f *Ferry) Doctor(ctx context.Context, fix bool, progress func(string) error) ([]api.Check, error) {
	if f.DoctorFunc == nil {
		return []api.Check{}, nil
	}
	return f.DoctorFunc(ctx, fix, progress)
}

// Quit plays QuitFunc, else nothing happens.
func (f *Ferry) Quit(ctx context.Context) error {
	if f.QuitFunc == nil {
		return nil
	}
	return f.QuitFunc(ctx)
}

// UI plays UIFunc, else there is no page.
func (f *Ferry) UI(ctx context.Context) (api.Link, error) {
	if f.UIFunc == nil {
		return api.Link{}, ferry.Errorf(ferry.NotFound, "no page")
	}
	return f.UIFunc(ctx)
}
