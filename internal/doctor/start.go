package doctor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"time"

	"github.com/ferry-project/ferry/internal/retry"
)

const (
	starting = 30 * time.Second // until a fresh engine answers
	every    = 200 * time.Millisecond
)

// startEngine starts it unless it answers meanwhile: many packages do that
// themselves.
func (m *mender) startEngine(ctx context.Context, ill []finding) error {
	starts := func(f finding) bool { return f.start }
	if !slices.ContainsFunc(ill, starts) || m.failures[engineName] != "" {
		return nil
	}
	if _, err := m.Engine.Info(ctx); err == nil {
		return nil
	}
	said, err := m.start(ctx)
	if said != nil {
		return said
	}
	if err != nil {
		m.failed(ill, starts, err)
	}
	return nil
}

// start returns the error of progress and that of the engine.
func (m *mender) start(ctx context.Context) (said, err error) {
	daemon := m.Machine.program("dockerd")
	switch {
	case m.dockerdRuns():
		said = m.progress("dockerd is running: waiting until it answers")
		if said == nil {
			err = m.await(ctx, nil)
		}
	case m.Machine.systemd():
		if said = m.progress("starting the engine: systemctl start docker"); said != nil {
			return said, nil
		}
		if err = m.run(ctx, nil, "systemctl", "start", "docker"); err == nil {
			err = m.await(ctx, nil)
		}
	case daemon == "":
		err = errors.New("dockerd is still not installed")
	default:
		return m.detach(ctx, daemon)
	}
	return said, err
}

// detach starts dockerd where there is no systemd to do it.
func (m *mender) detach(ctx context.Context, daemon string) (said, err error) {
	log := filepath.Join(m.Home, "log", "dockerd.log")
	if said = m.progress(fmt.Sprintf("starting the engine in the background: %s (its log: %s)", daemon, log)); said != nil {
		return said, nil
	}
	if err = m.dropStalePID(ctx); err != nil {
		return nil, err
	}
	ended, err := m.Machine.Commands.Detach(log, []string{"PATH=" + searchPath}, daemon)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", daemon, err)
	}
	if err = m.await(ctx, ended); err != nil {
		text, _ := fs.ReadFile(m.Machine.Files, inside(log)) // without a log the error says less
		err = withEnd(err, string(text))
	}
	return nil, err
}

// pidFile is what a dockerd that was killed leaves behind. The next one refuses
// to start when any other process has got the number meanwhile.
const pidFile = "/var/run/docker.pid"

// dropStalePID is called when no dockerd runs.
func (m *mender) dropStalePID(ctx context.Context) error {
	if _, err := fs.Stat(m.Machine.Files, inside(pidFile)); err != nil {
		return nil //nolint:nilerr // there is none
	}
	return m.run(ctx, nil, "rm", "-f", pidFile)
}

// await asks the engine until it answers, its process has ended, or it is late.
func (m *mender) await(ctx context.Context, ended <-chan error) error {
	ctx, cancel := context.WithTimeout(ctx, starting)
	defer cancel()
	var answer error
	err := retry.Every(every).Until(ctx, func() error {
		if _, answer = m.Engine.Info(ctx); answer == nil {
			return nil
		}
		select {
		case how := <-ended:
			return retry.Stop(fmt.Errorf("dockerd ended at once: %w", cmp.Or(how, errors.New("exit status 0"))))
		default:
			return answer
		}
	})
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("the engine does not answer after %v: %w", starting, answer)
	}
	return err
}
