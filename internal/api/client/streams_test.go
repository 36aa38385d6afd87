package client_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/api/apitest"
	"github.com/ferry-project/ferry/internal/api/client"
)

func clientOf(path string) client.Options { return client.Options{Socket: path} }

const large = 10 << 20

func TestCopyTo(t *testing.T) {
	var got []byte
	f := &apitest.Ferry{CopyToFunc: func(_ context.Context, ref, node, path string, tar io.Reader) error {
		if ref != "sa-1" || node != "n 1" || path != "/a b/&c" {
			t.Errorf("asked %q %q %q", ref, node, path)
		}
		got = sum(tar)
		return nil
	}}
	if err := dial(t, f).CopyTo(within(t), "sa-1", "n 1", "/a b/&c", random(1, large)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, sum(random(1, large))) {
		t.Error("what arrived is not what was sent")
	}
}

func TestCopyToWithABrokenTar(t *testing.T) {
	own := errors.New("the disk is on fire")
	f := &apitest.Ferry{CopyToFunc: func(_ context.Context, _, _, _ string, tar io.Reader) error {
		_, err := io.Copy(io.Discard, tar)
		if err == nil {
			t.Error("half a tar passed for a whole one")
		}
		return err
	}}
	tar := io.MultiReader(random(1, 1<<20), broken{own})
	if err := dial(t, f).CopyTo(within(t), "x", "", "/", tar); !errors.Is(err, own) || err.Error() != own.Error() {
		t.Errorf("got %v", err)
	}
}

func TestCopyToFailsInTheMiddle(t *testing.T) {
	full := ferry.Errorf(ferry.Failed, "no space left")
	f := &apitest.Ferry{CopyToFunc: func(_ context.Context, _, _, _ string, tar io.Reader) error {
		_, _ = io.CopyN(io.Discard, tar, 1<<20)
		return full
	}}
	err := dial(t, f).CopyTo(within(t), "x", "", "/", random(1, large))
	if e := asError(t, err); e.Code != ferry.Failed || e.Message != "no space left" {
		t.Errorf("got %+v", e)
	}
}

// tar is what CopyFrom returns: bytes, an error at the end or when it is closed.
type tar struct {
	io.Reader
	onClose error
	closed  chan struct{}
}

func (r *tar) Close() error { close(r.closed); return r.onClose }

func TestCopyFrom(t *testing.T) {
	long := strings.Repeat("<ü>", 20000)
	for _, c := range []struct {
		name string
		tar  tar
		want string // the error's message begins so
	}{
		{"whole", tar{Reader: random(1, large)}, ""},
		{"fails late", tar{Reader: io.MultiReader(random(1, large), broken{ferry.Errorf(ferry.Failed, "gone – ü")})}, "gone – ü"},
		{"fails late at length", tar{Reader: io.MultiReader(random(1, large), broken{ferry.Errorf(ferry.Failed, "%s", long)})}, long[:150]},
		{"fails at the end", tar{Reader: random(1, large), onClose: ferry.Errorf(ferry.Failed, "exit 2")}, "exit 2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.tar.closed = make(chan struct{})
			f := &apitest.Ferry{CopyFromFunc: func(_ context.Context, ref, node, path string) (io.ReadCloser, error) {
				if ref != "sa-1" || node != "" || path != "~/x" {
					t.Errorf("asked %q %q %q", ref, node, path)
				}
				return &c.tar, nil
			}}
			r, err := dial(t, f).CopyFrom(within(t), "sa-1", "", "~/x")
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			var got bytes.Buffer
			_, err = io.Copy(&got, r)
			if !bytes.Equal(sum(&got), sum(random(1, large))) {
				t.Error("what arrived is not what was sent")
			}
			wait(t, c.tar.closed, "the tar to be closed")
			if c.want == "" && err != nil || c.want != "" && !strings.HasPrefix(asError(t, err).Message, c.want) {
				t.Errorf("got %v", err)
			}
			if c.want != "" && asError(t, err).Code != ferry.Failed {
				t.Errorf("code %v", asError(t, err).Code)
			}
		})
	}
}

func TestCopyFromIsClosedEarly(t *testing.T) {
	endless := tar{Reader: zeros{}, closed: make(chan struct{})}
	f := &apitest.Ferry{CopyFromFunc: func(context.Context, string, string, string) (io.ReadCloser, error) { return &endless, nil }}
	r, err := dial(t, f).CopyFrom(within(t), "x", "", "/")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.CopyN(io.Discard, r, 1<<20)
	r.Close()
	wait(t, endless.closed, "the server to close the tar")
}

// heard sends each write to a channel.
type heard chan string

func (h heard) Write(p []byte) (int, error) { h <- string(p); return len(p), nil }

func TestLogsComeAsTheyAreWritten(t *testing.T) {
	want := api.LogsRequest{Node: "gluster0", Follow: true, Tail: 10, Since: moment}
	more := make(chan string)
	gone := make(chan struct{})
	f := &apitest.Ferry{LogsFunc: func(ctx context.Context, ref string, l api.LogsRequest, w io.Writer) error {
		defer close(gone)
		if d := cmp.Diff(want, l); d != "" || ref != "sa-1" {
			t.Errorf("asked %q (-want +got):\n%s", ref, d)
		}
		for {
			select {
			case line := <-more:
				_, _ = io.WriteString(w, line)
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}}
	c := dial(t, f)
	ctx, cancel := context.WithCancel(within(t))
	w := make(heard)
	result := make(chan error, 1)
	go func() { result <- c.Logs(ctx, "sa-1", want, w) }()
	for _, line := range []string{"one\n", "two\n", "räder\r\n"} {
		more <- line
		if got := wait(t, w, "a line"); got != line {
			t.Errorf("got %q, want %q", got, line)
		}
	}
	cancel()
	wait(t, gone, "the server to notice")
	if e := asError(t, wait(t, result, "Logs to end")); e.Code != ferry.Interrupted {
		t.Errorf("got %+v", e)
	}
}

func TestLogsEnd(t *testing.T) {
	own := errors.New("the pipe is closed")
	for _, c := range []struct {
		name string
		play func(w io.Writer) error
		to   io.Writer
		want func(err error) bool
	}{
		{"empty", func(io.Writer) error { return nil }, io.Discard, func(err error) bool { return err == nil }},
		{"whole", func(w io.Writer) error { _, err := io.WriteString(w, "x"); return err }, io.Discard, func(err error) bool { return err == nil }},
		{"fails late", func(w io.Writer) error {
			_, err := io.WriteString(w, "x")
			return errors.Join(err, ferry.Errorf(ferry.Unavailable, "the engine went away"))
		}, io.Discard, func(err error) bool {
			return ferry.CodeOf(err) == ferry.Unavailable && err.Error() == "the engine went away"
		}},
		{"nobody listens", func(w io.Writer) error { _, err := io.WriteString(w, "x"); return err }, broken{own}, func(err error) bool { return errors.Is(err, own) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := &apitest.Ferry{LogsFunc: func(_ context.Context, _ string, _ api.LogsRequest, w io.Writer) error { return c.play(w) }}
			if err := dial(t, f).Logs(within(t), "x", api.LogsRequest{}, c.to); !c.want(err) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestProgressIsToldAtOnceAndCanEndTheWork(t *testing.T) {
	own := errors.New("enough")
	gone := make(chan struct{})
	f := &apitest.Ferry{DoctorFunc: func(ctx context.Context, _ bool, progress func(string) error) ([]api.Check, error) {
		defer close(gone)
		if err := progress("one"); err != nil {
			return nil, err
		}
		<-ctx.Done() // goes on forever, unless its caller leaves
		return nil, ctx.Err()
	}}
	_, err := dial(t, f).Doctor(within(t), false, func(line string) error {
		if line != "one" {
			t.Errorf("got %q", line)
		}
		return own
	})
	if !errors.Is(err, own) {
		t.Errorf("got %v", err)
	}
	wait(t, gone, "the work to end")
}

func TestServerEndsWithStreamsOpen(t *testing.T) {
	path := socket(t)
	started := make(chan struct{})
	stop := running(t, &apitest.Ferry{LogsFunc: func(ctx context.Context, _ string, _ api.LogsRequest, w io.Writer) error {
		_, err := io.WriteString(w, "x")
		close(started)
		<-ctx.Done()
		return errors.Join(err, ctx.Err())
	}}, path)
	c := open(t, clientOf(path))
	result := make(chan error, 1)
	go func() { result <- c.Logs(within(t), "x", api.LogsRequest{Follow: true}, io.Discard) }()
	wait(t, started, "the start")
	began := time.Now()
	stop()
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("the end took %v", took)
	}
	if e := asError(t, wait(t, result, "Logs to end")); e.Code != ferry.Unavailable {
		t.Errorf("got %s: %v, though it is the server that ended", e.Code, e)
	}
}
