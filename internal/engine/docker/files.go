package docker

import (
	"context"
	"fmt"
	"io"
	"strconv"

	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/moby/moby/client"

	"github.com/ferry-project/ferry/internal/engine"
)

// CopyTo needs path to be a folder; a missing one is ErrNotFound. What lies
// below a volume's path goes into the volume, also before the first start.
func (e *Engine) CopyTo(ctx context.Context, node, path string, tar io.Reader) error {
	return e.stream(ctx, fmt.Sprintf("copy files to %s:%s", node, path), func(cli *client.Client) error {
		_, err := cli.CopyToContainer(ctx, node, client.CopyToContainerOptions{DestinationPath: path, Content: source{tar}})
		return err
	})
}

// CopyFrom returns a tar that the caller closes; ctx must last as long.
func (e *Engine) CopyFrom(ctx context.Context, node, path string) (out io.ReadCloser, err error) {
	err = e.stream(ctx, fmt.Sprintf("copy files from %s:%s", node, path), func(cli *client.Client) error {
		r, err := cli.CopyFromContainer(ctx, node, client.CopyFromContainerOptions{SourcePath: path})
		out = r.Content
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Logs mixes both outputs in w, in the order they were printed.
func (e *Engine) Logs(ctx context.Context, node string, l engine.Logs, w io.Writer) error {
	opts := client.ContainerLogsOptions{ShowStdout: true, ShowStderr: true, Follow: l.Follow}
	if l.Tail > 0 {
		opts.Tail = strconv.Itoa(l.Tail)
	}
	if !l.Since.IsZero() {
		opts.Since = nanos(l.Since)
	}
	return e.stream(ctx, "read the log of "+node, func(cli *client.Client) error {
		r, err := cli.ContainerLogs(ctx, node, opts)
		if err != nil {
			return err
		}
		defer func() { _ = r.Close() }()
		_, err = stdcopy.StdCopy(sink{w}, sink{w}, r)
		return err
	})
}
