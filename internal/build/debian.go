package build

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/lines"
)

const (
	suite = "bookworm"
	// debianImage is what the lowest recipe is made of.
	debianImage = "debian:bookworm-slim"
	// registryWait is how long a registry may take to deliver it: a machine
	// without a way to one must not wait forever.
	registryWait = 8 * time.Second
	// patience is how long it may take when there is no other way.
	patience = 5 * time.Minute
	// stopWait is how long the making may take to clean up after it was stopped.
	stopWait = 10 * time.Second
)

// plainSources stand in the image whatever mirror it was made from.
const plainSources = `Types: deb
URIs: http://deb.debian.org/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://deb.debian.org/debian-security
Suites: bookworm-security
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
`

// tidy runs at the end, in a shell, with the image's root as $1: nothing of the
// machine that made it stays in it.
const tidy = `rm -rf "$1"/etc/apt/sources.list "$1"/etc/apt/sources.list.d/*
: >"$1"/etc/hostname
: >"$1"/etc/resolv.conf
cat >"$1"/etc/apt/sources.list.d/debian.sources <<'END'
` + plainSources + "END\n"

// slim leaves out what the slim image of the registry lacks too.
var slim = []string{
	"--variant=minbase",
	"--dpkgopt=path-exclude=/usr/share/man/*",
	"--dpkgopt=path-exclude=/usr/share/doc/*",
	"--dpkgopt=path-include=/usr/share/doc/*/copyright",
	"--dpkgopt=path-exclude=/usr/share/locale/*",
	"--customize-hook=" + tidy,
}

// debianRef is what Debian is called on the engine; it changes with how it is made.
var debianRef = fmt.Sprintf("%sdebian:%s-%.6x", ours, suite, sha256.Sum256([]byte(strings.Join(slim, "\n"))))

// debian remembers that no registry answers.
type debian struct {
	mu      sync.Mutex
	offline bool
}

func (d *debian) isOffline() bool { d.mu.Lock(); defer d.mu.Unlock(); return d.offline }

func (d *debian) goOffline() { d.mu.Lock(); defer d.mu.Unlock(); d.offline = true }

// ensureDebian returns the name of a Debian image: one the engine has, one pulled
// from its registry, or one made on this machine.
func (b *Builder) ensureDebian(ctx context.Context, progress func(string)) (string, error) {
	for _, ref := range [...]string{debianRef, debianImage} {
		_, ok, err := b.Engine.HasImage(ctx, ref)
		if err != nil || ok {
			return ref, err
		}
	}
	return debianRef, b.flights.do(ctx, debianRef, progress, func(ctx context.Context, tell func(string)) error {
		if b.pull(ctx, registryWait, tell) == nil {
			return nil
		}
		return b.bootstrap(ctx, tell)
	})
}

func (b *Builder) pull(ctx context.Context, limit time.Duration, tell func(string)) error {
	if limit == registryWait && b.debian.isOffline() {
		return errors.New("no registry answered before")
	}
	tell("fetching " + debianImage)
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	err := b.Engine.PullImage(limited, debianImage, debianRef)
	if err != nil && ctx.Err() == nil {
		b.debian.goOffline()
		b.log().Info("the registry does not deliver Debian; making it here", "error", err)
	}
	return err
}

// bootstrap makes Debian from its packages.
func (b *Builder) bootstrap(ctx context.Context, tell func(string)) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	tool, err := exec.LookPath("mmdebstrap")
	if err != nil {
		return b.lastResort(ctx, tell)
	}
	sources, err := b.Host.sources()
	if err != nil {
		return err
	}
	free, err := b.slot(ctx)
	if err != nil {
		return err
	}
	defer free()
	tell("making " + debianImage + " from its packages")
	args := append(append([]string{}, slim...), suite, "-")
	if sources != "" {
		args = append(args, "-")
	}
	cmd := exec.CommandContext(ctx, tool, args...)
	cmd.Env = append(cmd.Environ(), b.Host.environ()...)
	cmd.Stdin = strings.NewReader(sources)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) } // it unmounts and cleans up
	cmd.WaitDelay = stopWait
	return b.stream(ctx, cmd, tell)
}

// lastResort is for a machine without mmdebstrap: the registry, however slow.
func (b *Builder) lastResort(ctx context.Context, tell func(string)) error {
	err := b.pull(ctx, patience, tell)
	if err == nil || ctx.Err() != nil {
		return err
	}
	return &ferry.Error{
		Code: ferry.Failed, Err: err, Output: err.Error(),
		Message: "no registry delivers " + debianImage + ", and mmdebstrap, which makes it, is not installed",
		Hint:    "ferry doctor --fix installs mmdebstrap",
	}
}

// stream lets the engine read the tar while it is made.
func (b *Builder) stream(ctx context.Context, cmd *exec.Cmd, tell func(string)) error {
	r, w := io.Pipe()
	out := newTranscript()
	talk := &lines.Writer{Each: func(line string) error { out.add(line); tell(line); return nil }}
	cmd.Stdout, cmd.Stderr = w, talk
	ended := make(chan error, 1)
	go func() {
		err := cmd.Run()
		_ = talk.Flush() // tell has no errors
		ended <- err     // first: an import that fails because of it must find it
		_ = w.CloseWithError(err)
	}()
	imported := b.Engine.ImportImage(ctx, debianRef, b.labels(), r)
	var made error
	select {
	case made = <-ended:
	default: // the import has failed on its own: end the making too
		_ = r.Close()
		<-ended //nolint:errcheck // the failure of the import is the one reported
	}
	switch {
	case made != nil:
		return explain(ctx, debianImage, out, fmt.Errorf("mmdebstrap: %w", made))
	case imported != nil:
		return explain(ctx, debianImage, out, imported)
	}
	return nil
}
