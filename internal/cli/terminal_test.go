package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/api/apitest"
)

// terminalEnv is an Env on a terminal of which the size can be changed.
type terminalEnv struct {
	*Env
	out, talk bytes.Buffer
	width     int
	resized   chan os.Signal
	raw       []string
}

func onTerminal(f *apitest.Ferry) *terminalEnv {
	e := &terminalEnv{width: 80, resized: make(chan os.Signal, 1)}
	e.Env = &Env{
		In: strings.NewReader(""), Out: &e.out, Err: &e.talk, TermName: "xterm", Now: time.Now,
		Connect: func(context.Context) (api.Ferry, error) { return f, nil },
		Terminal: Terminal{
			In: true, Out: true, Err: true, Resized: e.resized,
			Size: func() (int, int) { return e.width, 24 },
			Raw: func() (func(), error) {
				e.raw = append(e.raw, "raw")
				return func() { e.raw = append(e.raw, "restored") }, nil
			},
		},
	}
	return e
}

func TestAShellGetsTheWholeTerminal(t *testing.T) {
	f := &apitest.Ferry{}
	e := onTerminal(f)
	var sizes []api.Size
	f.ExecFunc = func(_ context.Context, _ string, r api.ExecRequest, s api.Streams) (int, error) {
		sizes = append(sizes, api.Size{Width: r.Width, Height: r.Height})
		e.width = 100
		e.resized <- syscall.SIGWINCH
		sizes = append(sizes, <-s.Resize)
		if diff := cmp.Diff([]string{"raw"}, e.raw); diff != "" {
			t.Error(diff)
		}
		return 5, nil
	}
	if code := Main(context.Background(), e.Env, []string{"ssh", "lab"}); code != 5 {
		t.Errorf("exit code %d: %s", code, e.talk.String())
	}
	if diff := cmp.Diff([]api.Size{{Width: 80, Height: 24}, {Width: 100, Height: 24}}, sizes); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"raw", "restored"}, e.raw); diff != "" {
		t.Error(diff)
	}
}

func TestTheTerminalIsGivenBackAfterAnError(t *testing.T) {
	f := &apitest.Ferry{ExecFunc: func(context.Context, string, api.ExecRequest, api.Streams) (int, error) {
		return 0, ferry.Errorf(ferry.Conflict, "lab is stopped")
	}}
	e := onTerminal(f)
	if code := Main(context.Background(), e.Env, []string{"ssh", "lab"}); code != 4 {
		t.Errorf("exit code %d", code)
	}
	if diff := cmp.Diff([]string{"raw", "restored"}, e.raw); diff != "" {
		t.Error(diff)
	}
}

func TestATerminalThatCannotBeRaw(t *testing.T) {
	e := onTerminal(&apitest.Ferry{})
	e.Terminal.Raw = func() (func(), error) { return nil, errors.New("no such ioctl") }
	if code := Main(context.Background(), e.Env, []string{"ssh", "lab"}); code != 1 {
		t.Errorf("exit code %d", code)
	}
	if !strings.Contains(e.talk.String(), "raw mode: no such ioctl") {
		t.Error(e.talk.String())
	}
}

func TestCtrlCWhileAsked(t *testing.T) {
	e := onTerminal(&apitest.Ferry{
		InspectFunc: func(context.Context, string) (api.Detail, error) { return api.Detail{}, nil },
		RemoveFunc: func(context.Context, string, bool) (ferry.Job, error) {
			t.Error("removed without a yes")
			return ferry.Job{}, nil
		},
	})
	r, w := io.Pipe()
	defer w.Close()
	ctx, cancel := context.WithCancel(context.Background())
	e.In = readerFunc(func(p []byte) (int, error) {
		cancel()
		return r.Read(p)
	})
	if code := Main(ctx, e.Env, []string{"rm", "lab"}); code != 130 {
		t.Errorf("exit code %d", code)
	}
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// TestAServerThatGoesAway: the job may go on, and the user is told where.
func TestAServerThatGoesAway(t *testing.T) {
	for name, c := range map[string]struct {
		follow error
		job    ferry.Job
		code   int
		says   string
	}{
		"connection lost": {errors.New("broken pipe"), ferry.Job{}, 5, "lost sight of job jo-1: broken pipe\nhint: ferry events jo-1"},
		"error of ours":   {ferry.Errorf(ferry.NotFound, "no job jo-1"), ferry.Job{}, 3, "error: no job jo-1"},
		"no last event":   {nil, ferry.Job{State: ferry.JobDone}, 0, ""},
		"it failed":       {nil, ferry.Job{State: ferry.JobFailed}, 1, "job jo-1 failed"},
		"it goes on":      {nil, ferry.Job{State: ferry.JobRunning}, 5, "the server ended the job's events before the job"},
	} {
		t.Run(name, func(t *testing.T) {
			e := onTerminal(&apitest.Ferry{
				TestFunc:   func(context.Context, string) (ferry.Job, error) { return ferry.Job{ID: "jo-1"}, nil },
				JobFunc:    func(context.Context, string) (ferry.Job, error) { return c.job, nil },
				FollowFunc: func(context.Context, string, int64, func(ferry.Event) error) error { return c.follow },
			})
			if code := Main(context.Background(), e.Env, []string{"test", "lab", "--progress", "quiet"}); code != c.code {
				t.Errorf("exit code %d, want %d", code, c.code)
			}
			if !strings.Contains(e.talk.String(), c.says) {
				t.Errorf("said %q, want %q", e.talk.String(), c.says)
			}
		})
	}
}
