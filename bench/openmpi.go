package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/secret"
)

const ranks = 4

var helloCommand = []string{"sh", "-c", "cat >/service/data/hello && chmod +x /service/data/hello && " +
	fmt.Sprintf("mpirun -np %d /service/data/hello", ranks)}

// saidHello checks that every rank was there.
func saidHello(out string) error {
	if n := strings.Count(out, fmt.Sprintf(" of %d on openmpi", ranks)); n != ranks {
		return fmt.Errorf("%d of %d ranks said hello: %q", n, ranks, out)
	}
	return nil
}

// openmpi compares the ways to the first output of mpirun.
func openmpi(ctx context.Context, o options) ([]row, error) {
	f := newFerry(o)
	defer f.quit(context.WithoutCancel(ctx)) //nolint:errcheck // the work is done
	hello, err := warmUp(ctx, f)
	if err != nil {
		return nil, fmt.Errorf("warm up: %w", err)
	}
	peer, err := newCompose(ctx, o, f, composition{
		name: "compose", files: "openmpi", application: "openmpi", finish: hello, prepare: keys,
		images: map[string]string{"gluster": "GLUSTER_IMAGE", "openmpi": "MPI_IMAGE", "mpi-client": "CLIENT_IMAGE"},
	})
	if err != nil {
		return nil, err
	}
	l, raw := newLedger(), newRawAPI(o)
	all, err := interleave(ctx, o, []contender{
		{"ferry", ferryStart{f, "openmpi", hello, raw, l}.run},
		{"compose", peer.charged(raw, l)},
		{"floor", floor{ferry: f, application: "openmpi", api: raw, finish: hello, ledger: l}.run},
		{"cold", ferryStart{f, "openmpi", hello, raw, nil}.runCold},
	})
	if err != nil {
		return nil, err
	}
	l.print(os.Stdout, hello.what)
	return []row{
		newRow("openmpi until mpirun answers; beside docker compose", 0.5, all["ferry"], all["compose"]),
		newRow("the same, no server running yet; beside docker compose", 0.5, all["cold"], all["compose"]),
		newRow("the same; beside the floor", 1.25, all["ferry"], all["floor"]),
		newRow("the same, no server running yet; beside the floor", 0, all["cold"], all["floor"]),
	}, nil
}

// warmUp builds the images and compiles the program that says hello: put on the
// shared volume by the client, run on four ranks. The first start also brings what
// everybody reads into the page cache.
func warmUp(ctx context.Context, f ferryCLI) (hello finish, err error) {
	stack, _, err := f.start(ctx, "openmpi")
	defer func() {
		if gone := f.remove(ctx, stack); err == nil {
			err = gone
		}
	}()
	if err != nil {
		return hello, err
	}
	hello = finish{what: "mpirun's output", command: helloCommand, check: saidHello}
	hello.stdin, _, err = f.do(ctx, nil, "exec", stack, "--", "sh", "-c", "mpicc /service/examples/hello.c -o /tmp/hello && cat /tmp/hello")
	return hello, err
}

// keys makes what an engineer would have made once with ssh-keygen.
func keys(c *compose, _ ferry.Plan) error {
	v, err := secret.Generate([]ferry.Secret{{Name: "user", Kind: ferry.SSHKey}, {Name: "host", Kind: ferry.SSHKey}})
	if err != nil {
		return err
	}
	dir := filepath.Join(c.dir, "keys")
	c.env = append(c.env, "KEYS="+dir)
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
