package docker

import (
	"context"
	_ "embed"
	"io"
	"time"

	"github.com/moby/moby/client"
)

// killScript runs in the node with a mark as its only argument.
//
//go:embed kill.sh
var killScript string

const (
	killTime  = 15 * time.Second // for all of it
	killTries = 3
)

// endCommand ends every process of a marked command and returns when its
// outputs have ended. It is tried again because Docker answers a start before
// the process exists. It runs as the command's user: without further
// capabilities nobody else may see the mark, not even root.
func (e *Engine) endCommand(cli *client.Client, node, user, mark string, done <-chan struct{}) {
	ctx, cancel := context.WithTimeout(context.Background(), killTime)
	defer cancel()
	for range killTries {
		if err := plainExec(ctx, cli, node, user, "/bin/sh", "-c", killScript, "ferry-kill", mark); err != nil {
			e.log.Warn("a command may go on after it was cancelled", "node", node, "error", err)
			return
		}
		select {
		case <-done:
			return
		case <-ctx.Done():
			return
		case <-time.After(300 * time.Millisecond):
		}
	}
	e.log.Warn("a command may go on after it was cancelled: the node has no shell, or it cannot be ended", "node", node)
}

// plainExec runs a command without streams or a mark of its own.
func plainExec(ctx context.Context, cli *client.Client, node, user string, command ...string) error {
	created, err := cli.ExecCreate(ctx, node, client.ExecCreateOptions{User: user, Cmd: command, AttachStdout: true})
	if err != nil {
		return err
	}
	stream, err := cli.ExecAttach(ctx, created.ID, client.ExecAttachOptions{})
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, stream.Close)()
	defer stream.Close()
	_, err = io.Copy(io.Discard, stream.Reader)
	return err
}
