package docker

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/moby/moby/client"

	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/retry"
)

// markName is the environment variable by which a command's processes are
// found when they must be ended.
const markName = "FERRY_EXEC"

// command not started: Docker's exit codes for it.
const (
	notExecutable = 126
	notThere      = 127
	killed        = 137
)

const (
	resizePatience = time.Second
	codePatience   = 80 * time.Second
)

var errStillRuns = errors.New("its outputs have ended but it still runs")

// Exec is three round trips: create, start, exit code. A read of Stdin may
// outlast it. A command that cannot be started is an error that says so.
func (e *Engine) Exec(ctx context.Context, node string, x engine.Exec) (int, error) {
	if len(x.Command) == 0 {
		return 0, fmt.Errorf("run in %s: no command", node)
	}
	code := 0
	err := e.stream(ctx, fmt.Sprintf("run %s in %s", x.Command[0], node), func(cli *client.Client) error {
		var err error
		code, err = e.exec(ctx, cli, node, x)
		return err
	})
	return code, err
}

func (e *Engine) exec(ctx context.Context, cli *client.Client, node string, x engine.Exec) (int, error) {
	mark := rand.Text()
	created, err := cli.ExecCreate(ctx, node, client.ExecCreateOptions{
		User: x.User, TTY: x.TTY, WorkingDir: x.Dir, Cmd: x.Command,
		Env:         append(environment(x.Env), markName+"="+mark),
		AttachStdin: x.Stdin != nil, AttachStdout: true, AttachStderr: true,
	})
	if err != nil {
		return 0, err
	}
	// Not to be given up half way: then nobody would know whether it runs.
	stream, err := cli.ExecAttach(context.WithoutCancel(ctx), created.ID, client.ExecAttachOptions{TTY: x.TTY})
	if err != nil {
		return 0, err
	}
	defer stream.Close()
	s := session{cli: cli, id: created.ID, x: x, done: make(chan struct{}), broken: make(chan error, 1)}
	go s.feed(stream.HijackedResponse)
	go s.receive(stream.Reader)
	go s.resize(ctx)
	select {
	case <-s.done:
		return s.code(ctx)
	case <-ctx.Done():
		err = ctx.Err()
	case err = <-s.broken:
	}
	e.endCommand(cli, node, x.User, mark, s.done)
	stream.Close()
	<-s.done
	return 0, err
}

// session is one command that runs, seen from its streams.
type session struct {
	cli  *client.Client
	id   string
	x    engine.Exec
	done chan struct{} // closed when both outputs have ended; then err and held may be read
	err  error
	held heldBack
	// broken gets the error of a caller's output; the command's is read on all
	// the same, or Docker would not see it end.
	broken chan error
}

// feed ends the command's input when Stdin ends, not before.
func (s *session) feed(stream client.HijackedResponse) {
	if s.x.Stdin != nil {
		_, _ = io.Copy(stream.Conn, s.x.Stdin)
	}
	_ = stream.CloseWrite()
}

func (s *session) receive(r io.Reader) {
	defer close(s.done)
	s.held.to = &outlet{to: s.x.Stdout, broken: s.broken}
	if s.x.TTY {
		_, s.err = io.Copy(&s.held, r)
	} else {
		_, s.err = stdcopy.StdCopy(&s.held, &outlet{to: s.x.Stderr, broken: s.broken}, r)
	}
}

// resize tries a size a few times: Docker refuses until the process is there.
func (s *session) resize(ctx context.Context) {
	for {
		select {
		case <-s.done:
			return
		case <-ctx.Done():
			return
		case size, open := <-s.x.Resize:
			if !open {
				return
			}
			s.resizeTo(ctx, size)
		}
	}
}

// resizeTo tries for a while: the command may not have begun yet.
func (s *session) resizeTo(ctx context.Context, size engine.Size) {
	ctx, cancel := context.WithTimeout(ctx, resizePatience)
	defer cancel()
	_ = retry.Pauses{First: 10 * time.Millisecond, Longest: 100 * time.Millisecond}.Until(ctx, func() error {
		select {
		case <-s.done:
			return nil
		default:
		}
		_, err := s.cli.ExecResize(ctx, s.id, client.ExecResizeOptions{Height: size.Height, Width: size.Width})
		return err
	})
}

// code asks for the exit code, which may come a moment after the outputs' end.
func (s *session) code(ctx context.Context) (code int, err error) {
	if s.err != nil {
		return 0, s.err
	}
	limited, cancel := context.WithTimeoutCause(ctx, codePatience, errStillRuns)
	defer cancel()
	err = retry.Pauses{First: 5 * time.Millisecond, Longest: time.Second}.Until(limited, func() (err error) {
		code, err = s.ended(ctx)
		return err
	})
	return code, err
}

// ended returns the exit code, or errStillRuns.
func (s *session) ended(ctx context.Context) (int, error) {
	r, err := s.cli.ExecInspect(ctx, s.id, client.ExecInspectOptions{})
	switch {
	case unlessGone(err) == nil && err != nil:
		return killed, nil // the node was removed, and the command with it
	case err != nil:
		return 0, retry.Stop(err)
	case r.Running:
		return 0, errStillRuns
	}
	code, err := s.verdict(r.ExitCode, r.PID != 0)
	return code, retry.Stop(err)
}

// verdict returns the exit code, or why the engine could not run the command. What a
// command that ran has printed is its own, whatever it looks like.
func (s *session) verdict(code int, ran bool) (int, error) {
	if reason, refused := s.held.refusal(); refused && !ran && (code == notThere || code == notExecutable) {
		return refusalCode(reason), foreign{fmt.Errorf("it cannot be run: %s", reason)}
	}
	_ = s.held.release()
	select {
	case err := <-s.broken:
		return code, err
	default:
		return code, nil
	}
}

// refusalCode is a shell's: engines have 126 for everything, or 127 for some.
func refusalCode(reason string) int {
	missing := strings.Contains(reason, "executable file not found") ||
		strings.HasSuffix(reason, "invoke a command that was not found") || // Podman
		strings.HasSuffix(reason, "no such file or directory") && !strings.HasPrefix(reason, "chdir to cwd")
	if missing {
		return notThere
	}
	return notExecutable
}
