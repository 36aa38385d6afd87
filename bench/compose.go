package main

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/secret"
)

// composeModule is built by the ordinary Go client, which knows where modules are.
const composeModule = "github.com/docker/compose/v5@v5.0.2"

const composeProject = "ferry-bench"

//go:embed compose
var composeFiles embed.FS

// compose is the peer: docker compose with a file that a good engineer would
// write, and the same images.
type compose struct {
	binary, dir string
	env         []string
	hello       hello
	meter       *meter
}

func newCompose(ctx context.Context, o options, f ferryCLI, h hello) (c compose, err error) {
	c = compose{dir: filepath.Join(o.work, "compose"), hello: h, meter: &meter{}}
	if c.binary, err = buildCompose(ctx, o.cache); err != nil {
		return c, fmt.Errorf("build docker compose: %w", err)
	}
	files, err := fs.Sub(composeFiles, "compose")
	if err != nil {
		return c, err
	}
	if err := os.CopyFS(c.dir, files); err != nil {
		return c, err
	}
	for _, script := range []string{"node.sh", "volume.sh"} {
		if err := os.Chmod(filepath.Join(c.dir, script), 0o755); err != nil {
			return c, err
		}
	}
	p, err := f.plan(ctx, "openmpi")
	if err != nil {
		return c, err
	}
	c.env = append(os.Environ(), "KEYS="+filepath.Join(c.dir, "keys"), "DOCKER_HOST=unix://"+o.socket)
	for _, n := range p.Nodes {
		c.env = append(c.env, map[string]string{
			"gluster": "GLUSTER_IMAGE=", "openmpi": "MPI_IMAGE=", "mpi-client": "CLIENT_IMAGE=",
		}[n.Image]+n.Ref)
	}
	return c, c.keys()
}

// keys makes what an engineer would have made once with ssh-keygen.
func (c compose) keys() error {
	v, err := secret.Generate([]ferry.Secret{{Name: "user", Kind: ferry.SSHKey}, {Name: "host", Kind: ferry.SSHKey}})
	if err != nil {
		return err
	}
	dir := filepath.Join(c.dir, "keys")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	for name, text := range map[string]string{
		"id_ed25519": v["user"][secret.Private], "id_ed25519.pub": v["user"][secret.Public] + "\n",
		"host_key": v["host"][secret.Private],
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// charged is compose's way, with its cost noted.
func (c compose) charged(raw *rawAPI, l *ledger) func(context.Context) (time.Duration, error) {
	return func(ctx context.Context) (time.Duration, error) {
		before := cost{engine: engineCost(), own: c.meter.total()}
		took, err := c.bringUp(ctx)
		l.charge("compose", cost{
			containers: raw.containersCost(ctx, "com.docker.compose.project="+composeProject),
			engine:     engineCost() - before.engine, own: c.meter.total() - before.own,
		})
		if _, gone := c.do(context.WithoutCancel(ctx), nil, "down", "--volumes", "--timeout", "1"); err == nil {
			err = gone
		}
		return took, err
	}
}

func (c compose) bringUp(ctx context.Context) (time.Duration, error) {
	begin := time.Now()
	if _, err := c.do(ctx, nil, "up", "--detach", "--wait"); err != nil {
		return 0, err
	}
	out, err := c.do(ctx, c.hello.binary, append([]string{"exec", "-T", "--user", "ferry", "client"}, c.hello.command...)...)
	took := time.Since(begin)
	if err == nil {
		err = c.hello.check(out)
	}
	return took, err
}

func (c compose) do(ctx context.Context, stdin []byte, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, c.binary, append([]string{"--project-name", composeProject}, args...)...)
	cmd.Dir, cmd.Env, cmd.Stdin = c.dir, c.env, bytes.NewReader(stdin)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	c.meter.ended(cmd.ProcessState)
	if err != nil {
		err = fmt.Errorf("docker compose %s: %w: %s", args[0], err, lastLine(stderr.Bytes()))
	}
	return string(out), err
}

// buildCompose gives the binary, built on the first call of all.
func buildCompose(ctx context.Context, cache string) (string, error) {
	binary := filepath.Join(cache, "docker-compose")
	if _, err := os.Stat(binary); err == nil {
		return binary, nil
	}
	say("building %s, once; it takes minutes", composeModule)
	if err := os.MkdirAll(cache, 0o700); err != nil {
		return "", err
	}
	out, err := exec.CommandContext(ctx, "go", "mod", "download", "-json", composeModule).Output()
	if err != nil {
		return "", fmt.Errorf("download %s: %w: %s", composeModule, err, out)
	}
	var module struct{ Dir string }
	if err := json.Unmarshal(out, &module); err != nil {
		return "", err
	}
	// The folder of modules is not to be written to, and is no place for a build.
	source := filepath.Join(cache, "compose-source")
	if err := errors.Join(os.RemoveAll(source), os.CopyFS(source, os.DirFS(module.Dir))); err != nil {
		return "", err
	}
	build := exec.CommandContext(ctx, "go", "build", "-o", binary, "./cmd")
	build.Dir = source
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, lastLine(out))
	}
	return binary, nil
}
