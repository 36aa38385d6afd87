package docker

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/mount"
	"github.com/moby/moby/client"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/mirror"
)

// copyRights are what the process that copies volumes may do, all others being dropped.
func copyRights() []string {
	return []string{
		"CHOWN",        // copies belong to the owners of their sources
		"DAC_OVERRIDE", // it reads and writes files of every user
		"FOWNER",       // it sets modes and times of every user's files
		"FSETID",       // set-group-id bits stay
		"MKNOD",        // devices and pipes in a volume are copied as such
		"SETFCAP",      // capabilities of files are copied
		admin,          // trusted.* attributes, without which a brick of Gluster is nothing, are seen by nobody else
	}
}

// copying is a container that mounts all volumes and obeys orders on its standard
// input. It ends, and is removed, when that is closed: also when this process is killed.
type copying struct {
	engine  *Engine
	name    string
	stream  client.HijackedResponse
	answers *json.Decoder
	said    *bytes.Buffer     // on standard error
	folders map[string]string // volume → where it is mounted
}

// OpenCopy takes as long as the start of one container; the first one of a Ferry makes
// its image, of one file.
func (e *Engine) OpenCopy(ctx context.Context, pairs []engine.VolumePair, labels map[string]string) (engine.Copying, error) {
	return e.openCopy(ctx, pairs, labels)
}

func (e *Engine) openCopy(ctx context.Context, pairs []engine.VolumePair, labels map[string]string) (*copying, error) {
	c, o, err := e.prepareCopy(ctx, pairs, labels)
	if err != nil {
		return nil, err
	}
	return c, e.call(ctx, "open a copy of volumes", func(ctx context.Context, cli *client.Client) error {
		if err := areThere(ctx, cli, pairs); err != nil {
			return err
		}
		return c.open(ctx, cli, o)
	})
}

// prepareCopy says what container the program is to run in.
func (e *Engine) prepareCopy(ctx context.Context, pairs []engine.VolumePair, labels map[string]string) (*copying, client.ContainerCreateOptions, error) {
	none := client.ContainerCreateOptions{}
	ref, err := e.mirrorImage(ctx)
	if err != nil {
		return nil, none, err
	}
	c := &copying{engine: e, name: "ferry-copy-" + strings.ToLower(rand.Text()[:12]), said: &bytes.Buffer{}, folders: map[string]string{}}
	// It needs no call that mounts or enters.
	security, err := securityOptions(engine.Spec{Name: c.name, Capabilities: copyRights()})
	if err != nil {
		return nil, none, err
	}
	return c, c.options(ref, security, pairs, labels), nil
}

// areThere fails for a volume that is missing: Docker would make it.
func areThere(ctx context.Context, cli *client.Client, pairs []engine.VolumePair) error {
	for _, p := range pairs {
		for _, name := range []string{p.From, p.To} {
			if name == "" {
				continue
			}
			if _, err := cli.VolumeInspect(ctx, name, client.VolumeInspectOptions{}); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *copying) options(ref string, security []string, pairs []engine.VolumePair, labels map[string]string) client.ContainerCreateOptions {
	var mounts []mount.Mount
	add := func(volume, folder string, readOnly bool) {
		c.folders[volume] = folder
		mounts = append(mounts, mount.Mount{
			Type: mount.TypeVolume, Source: volume, Target: folder, ReadOnly: readOnly,
			VolumeOptions: &mount.VolumeOptions{NoCopy: true},
		})
	}
	for n, p := range pairs {
		if p.From != "" {
			add(p.From, mirror.Sources+"/"+strconv.Itoa(n), true)
		}
		if p.To != "" {
			add(p.To, mirror.Copies+"/"+strconv.Itoa(n), false)
		}
	}
	processes := int64(256)
	return client.ContainerCreateOptions{
		Name: c.name,
		Config: &container.Config{
			Image: ref, Cmd: []string{"/ferry", "mirror"}, Labels: labels,
			OpenStdin: true, StdinOnce: true, AttachStdin: true, AttachStdout: true, AttachStderr: true,
		},
		HostConfig: &container.HostConfig{
			CapDrop: []string{"ALL"}, CapAdd: copyRights(), NetworkMode: "none", ReadonlyRootfs: true, AutoRemove: true,
			Mounts: mounts, SecurityOpt: security,
			Resources: container.Resources{PidsLimit: &processes},
		},
	}
}

func (c *copying) open(ctx context.Context, cli *client.Client, o client.ContainerCreateOptions) error {
	if _, err := cli.ContainerCreate(ctx, o); err != nil {
		return err
	}
	attached, err := cli.ContainerAttach(context.WithoutCancel(ctx), c.name, client.ContainerAttachOptions{Stream: true, Stdin: true, Stdout: true, Stderr: true})
	if err == nil {
		c.stream = attached.HijackedResponse
		_, err = cli.ContainerStart(ctx, c.name, client.ContainerStartOptions{})
	}
	if err != nil {
		_, _ = cli.ContainerRemove(context.WithoutCancel(ctx), c.name, client.ContainerRemoveOptions{Force: true})
		return err
	}
	out, in := io.Pipe()
	c.answers = json.NewDecoder(out)
	go func() {
		_, err := stdcopy.StdCopy(in, c.said, c.stream.Reader)
		_ = in.CloseWithError(err)
	}()
	return nil
}

// order has the process do something; when ctx ends it is ended.
func (c *copying) order(ctx context.Context, doing string, o mirror.Order) (a mirror.Answer, err error) {
	defer context.AfterFunc(ctx, c.stream.Close)()
	err = json.NewEncoder(c.stream.Conn).Encode(o)
	if err == nil {
		err = c.answers.Decode(&a)
	}
	switch {
	case ctx.Err() != nil:
		return a, fmt.Errorf("%s: %w", doing, ctx.Err())
	case err != nil:
		return a, fmt.Errorf("%s: the process that copies has ended: %w %s", doing, err, strings.TrimSpace(c.said.String()))
	case a.Error != "":
		return a, fmt.Errorf("%s: %s", doing, a.Error)
	}
	return a, nil
}

// Pass mirrors every pair.
func (c *copying) Pass(ctx context.Context) (engine.Copied, error) {
	a, err := c.order(ctx, "copy volumes", mirror.Order{Do: mirror.DoPass})
	return engine.Copied(a.Copied), err
}

// Sum reads no content.
func (c *copying) Sum(ctx context.Context, volume string) (engine.VolumeSum, error) {
	folder, ok := c.folders[volume]
	if !ok {
		return engine.VolumeSum{}, fmt.Errorf("sum up %s: %w: it is not among those that are copied", volume, engine.ErrNotFound)
	}
	a, err := c.order(ctx, "sum up "+volume, mirror.Order{Do: mirror.DoSum, Folder: folder})
	return engine.VolumeSum(a.Sum), err
}

// Close waits until the container is gone: until then its volumes cannot be removed.
func (c *copying) Close(ctx context.Context) error {
	c.stream.Close()
	return c.engine.RemoveNode(ctx, c.name)
}

// mirrorImage makes an image of the one program that copies, unless it is there.
func (e *Engine) mirrorImage(ctx context.Context) (string, error) {
	if err := e.program.Alone(); err != nil {
		return "", fmt.Errorf("%w: copy volumes: %w", errors.ErrUnsupported, err)
	}
	digest, err := e.program.Digest()
	if err != nil {
		return "", fmt.Errorf("read the program that copies volumes: %w", err)
	}
	ref := "ferry/mirror:" + digest
	if _, ok, err := e.HasImage(ctx, ref); err != nil || ok {
		return ref, err
	}
	layer, err := e.program.Tar()
	if err != nil {
		return "", fmt.Errorf("pack the program that copies volumes: %w", err)
	}
	return ref, e.ImportImage(ctx, ref, map[string]string{ferry.LabelRecipe: "mirror"}, layer)
}
