package docker

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/mirror"
)

// PackVolume takes as long as the start of one container, and as the reading of the volume.
func (e *Engine) PackVolume(ctx context.Context, volume string, labels map[string]string, w io.Writer) error {
	return e.carry(ctx, "pack "+volume, carrying{
		pair: engine.VolumePair{From: volume}, labels: labels, word: mirror.WordPack, folder: mirror.Sources + "/0", out: w,
	})
}

// UnpackVolume hands the tar to a process that has the one volume and nothing else.
func (e *Engine) UnpackVolume(ctx context.Context, volume string, labels map[string]string, r io.Reader) error {
	return e.carry(ctx, "fill "+volume, carrying{
		pair: engine.VolumePair{To: volume}, labels: labels, word: mirror.WordUnpack, folder: mirror.Copies + "/0", in: r, out: io.Discard,
	})
}

// carrying is one run of the program that packs or unpacks one folder.
type carrying struct {
	pair         engine.VolumePair
	labels       map[string]string
	word, folder string
	in           io.Reader // nil: none
	out          io.Writer
}

func (e *Engine) carry(ctx context.Context, doing string, k carrying) error {
	pairs := []engine.VolumePair{k.pair}
	c, o, err := e.prepareCopy(ctx, pairs, k.labels)
	if err != nil {
		return err
	}
	o.Config.Cmd = []string{"/ferry", "mirror", k.word, k.folder}
	o.HostConfig.LogConfig.Type = "none" // a volume's content is no log
	err = e.stream(ctx, doing, func(cli *client.Client) error {
		if err := areThere(ctx, cli, pairs); err != nil {
			return err
		}
		if _, err := cli.ContainerCreate(ctx, o); err != nil {
			return err
		}
		return k.run(ctx, cli, c.name)
	})
	if err != nil {
		_ = e.RemoveNode(context.WithoutCancel(ctx), c.name) // it may not have begun, or not be over
	}
	return err
}

// run feeds the process and takes what it writes, until it has ended and is gone.
func (k carrying) run(ctx context.Context, cli *client.Client, name string) error {
	attached, err := cli.ContainerAttach(context.WithoutCancel(ctx), name, client.ContainerAttachOptions{Stream: true, Stdin: true, Stdout: true, Stderr: true})
	if err != nil {
		return err
	}
	stream := attached.HijackedResponse
	defer stream.Close()
	defer context.AfterFunc(ctx, stream.Close)()
	gone := cli.ContainerWait(ctx, name, client.ContainerWaitOptions{Condition: container.WaitConditionRemoved})
	if _, err := cli.ContainerStart(ctx, name, client.ContainerStartOptions{}); err != nil {
		return err
	}
	fed := make(chan error, 1)
	go k.feed(stream, fed)
	var said bytes.Buffer
	_, err = stdcopy.StdCopy(sink{k.out}, &said, stream.Reader)
	select {
	case unread := <-fed:
		if unread != nil {
			return unread
		}
	default:
	}
	if err != nil {
		return err
	}
	return exited(ctx, gone, strings.TrimSpace(said.String()))
}

// feed hands over the input. What is wrong with the input ends the process.
func (k carrying) feed(stream client.HijackedResponse, fed chan<- error) {
	if k.in != nil {
		_, err := io.Copy(stream.Conn, source{k.in})
		if _, ours := errors.AsType[foreign](err); ours {
			fed <- err
			stream.Close()
			return
		}
	}
	_ = stream.CloseWrite()
}

// exited says how the process has ended.
func exited(ctx context.Context, gone client.ContainerWaitResult, said string) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case err := <-gone.Error:
		return err
	case r := <-gone.Result:
		switch r.StatusCode {
		case 0:
			return nil
		case mirror.RefusedCode:
			return foreign{fmt.Errorf("%w: %s", engine.ErrRefused, strings.TrimPrefix(said, mirror.ErrRefused.Error()+": "))}
		}
		return fmt.Errorf("the process that copies has ended with code %d: %s", r.StatusCode, said)
	}
}
