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
)

// composeModule is built by the ordinary Go client, which knows where modules are.
const composeModule = "github.com/docker/compose/v5@v5.0.2"

//go:embed compose
var composeFiles embed.FS

// composition is an application as one would write it by hand for docker compose.
type composition struct {
	name        string            // of the contender, and in the project's name
	files       string            // the folder in compose/
	application string            // Ferry's, whose images it takes
	images      map[string]string // the variable in compose.yaml, by recipe
	finish      finish            // done as the user ferry of the service client
	prepare     func(*compose, ferry.Plan) error
}

// compose is the peer: docker compose with a file that a good engineer would
// write, and the same images.
type compose struct {
	composition
	binary, dir, project string
	env                  []string
	meter                *meter
}

func newCompose(ctx context.Context, o options, f ferryCLI, what composition) (c compose, err error) {
	c = compose{
		composition: what, meter: &meter{},
		project: "ferry-bench-" + o.run + "-" + what.name,
	}
	if c.dir, err = os.MkdirTemp(o.work, what.name); err != nil {
		return c, err
	}
	if c.binary, err = buildCompose(ctx, o.cache); err != nil {
		return c, fmt.Errorf("build docker compose: %w", err)
	}
	files, err := fs.Sub(composeFiles, "compose/"+what.files)
	if err != nil {
		return c, err
	}
	if err := errors.Join(os.CopyFS(c.dir, files), executable(c.dir)); err != nil {
		return c, err
	}
	p, err := f.plan(ctx, what.application)
	if err != nil {
		return c, err
	}
	c.env = append(os.Environ(), "DOCKER_HOST=unix://"+o.socket)
	for _, n := range p.Nodes {
		if variable, asked := what.images[n.Image]; asked {
			c.env = append(c.env, variable+"="+n.Ref)
		}
	}
	if what.prepare != nil {
		err = what.prepare(&c, p)
	}
	return c, err
}

// executable makes the scripts in a folder so: embedded files have no modes.
func executable(dir string) error {
	scripts, err := filepath.Glob(filepath.Join(dir, "*.sh"))
	for _, s := range scripts {
		err = errors.Join(err, os.Chmod(s, 0o755))
	}
	return err
}

// charged is compose's way, with its cost noted.
func (c compose) charged(raw *rawAPI, l *ledger) func(context.Context) (time.Duration, error) {
	label := "com.docker.compose.project=" + c.project
	return func(ctx context.Context) (time.Duration, error) {
		before := cost{engine: engineCost(), own: c.meter.total()}
		took, err := c.bringUp(ctx)
		if err == nil {
			l.charge(c.name, cost{
				containers: raw.containersCost(ctx, label),
				engine:     engineCost() - before.engine, own: c.meter.total() - before.own, by: raw.usage(ctx, label),
			})
		}
		_, down := c.do(context.WithoutCancel(ctx), nil, "down", "--volumes", "--timeout", "1")
		// What compose was about to make when it was interrupted, it does not know.
		return took, errors.Join(err, down, raw.remove(ctx, label))
	}
}

func (c compose) bringUp(ctx context.Context) (time.Duration, error) {
	begin := time.Now()
	if _, err := c.do(ctx, nil, "up", "--detach", "--wait"); err != nil {
		return 0, err
	}
	out, err := c.do(ctx, c.finish.stdin, append([]string{"exec", "-T", "--user", "ferry", "client"}, c.finish.command...)...)
	took := time.Since(begin)
	if err == nil {
		err = c.finish.check(out)
	}
	return took, err
}

func (c compose) do(ctx context.Context, stdin []byte, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, c.binary, append([]string{"--project-name", c.project}, args...)...)
	undisturbed(cmd)
	cmd.Dir, cmd.Env, cmd.Stdin = c.dir, c.env, bytes.NewReader(stdin)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	c.meter.ended(cmd.ProcessState)
	if err != nil {
		err = fmt.Errorf("docker compose %s: %w: %s", args[0], err, lastOf(stderr.Bytes()))
	}
	return string(out), err
}

// lastOf is the end of what was said: of a job that failed the reason is somewhere
// in its last words.
func lastOf(text []byte) []byte {
	const enough = 1000
	text = bytes.TrimSpace(text)
	return text[max(0, len(text)-enough):]
}

// buildCompose returns the binary, built on the first call of all.
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
