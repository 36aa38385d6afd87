package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/api/client"
)

// patience is how long a server may take until it answers.
const patience = 20 * time.Second

// Find gives the API of the server that runs for this home; ferry.Unavailable
// when none does.
func Find(ctx context.Context, c Config) (api.Ferry, error) {
	f, err := client.New(client.Options{Socket: PathsOf(c.Home).Socket})
	if err != nil {
		return nil, err
	}
	_, err = f.Version(ctx)
	return f, err
}

// Connect gives the API, from a server that is started in the background, and
// said to be, when none answers. A connection that is lost later is made again
// the same way: a killed server is an ordinary event.
func Connect(ctx context.Context, c Config, talk io.Writer) (api.Ferry, error) {
	redial := func(ctx context.Context) error { return ensure(ctx, c, talk) }
	if err := redial(ctx); err != nil {
		return nil, err
	}
	return client.New(client.Options{Socket: PathsOf(c.Home).Socket, Redial: redial})
}

func ensure(ctx context.Context, c Config, talk io.Writer) error {
	f, err := client.New(client.Options{Socket: PathsOf(c.Home).Socket})
	if err != nil || answers(ctx, f) {
		return err
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	ended, err := background(c)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(talk, "started a server in the background (its log: %s)\n", PathsOf(c.Home).Log)
	return awaitServer(ctx, c, f, ended)
}

func answers(ctx context.Context, f api.Ferry) bool {
	_, err := f.Version(ctx)
	return err == nil
}

// background starts this program as a server, in a session of its own so that
// the terminal's Ctrl-C does not reach it.
func background(c Config) (<-chan error, error) {
	p := PathsOf(c.Home)
	if err := p.make(); err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	log, err := os.OpenFile(p.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the server's log: %w", err)
	}
	defer log.Close() //nolint:errcheck // the child has its own copy
	cmd := exec.Command(self, "server")
	cmd.Stdout, cmd.Stderr, cmd.Dir = log, log, "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start a server: %w", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	return ended, nil
}

// awaitServer waits until a server answers. Ours may end because another one,
// started at the same moment, has the lock: then that one will answer.
func awaitServer(ctx context.Context, c Config, f api.Ferry, ended <-chan error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	b := &backoff.ExponentialBackOff{InitialInterval: 10 * time.Millisecond, Multiplier: 1.5, MaxInterval: 200 * time.Millisecond}
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		if answers(ctx, f) {
			return struct{}{}, nil
		}
		select {
		case err := <-ended:
			if err != nil {
				return struct{}{}, backoff.Permanent(err)
			}
		default:
		}
		return struct{}{}, errors.New("no answer yet")
	}, backoff.WithBackOff(b))
	if err == nil {
		return nil
	}
	return (&ferry.Error{
		Code: ferry.Unavailable, Err: err, Output: lastLines(PathsOf(c.Home).Log),
		Message: "the server did not start: " + err.Error(),
	}).WithHint("its log is %s; run it in the foreground with: ferry server", PathsOf(c.Home).Log)
}

// lastLines is the end of a log file, for an error.
func lastLines(path string) string {
	const most = 2000
	text, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	if len(text) > most {
		text = text[len(text)-most:]
	}
	return string(text)
}
