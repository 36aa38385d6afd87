package client_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/api/apitest"
)

// execs returns a client of a server that plays f.
func execs(t *testing.T, f func(ctx context.Context, ref string, e api.ExecRequest, s api.Streams) (int, error)) api.Ferry {
	t.Helper()
	return dial(t, &apitest.Ferry{ExecFunc: f})
}

func TestExecCarriesRequestStreamsAndCode(t *testing.T) {
	want := api.ExecRequest{
		Node: "client0", Command: []string{"sh", "-c", "cat"}, User: "ferry", Dir: "/home", Env: map[string]string{"A": "ü"},
		Stdin: true, Width: 80, Height: 25,
	}
	c := execs(t, func(_ context.Context, ref string, e api.ExecRequest, s api.Streams) (int, error) {
		if d := cmp.Diff(want, e); d != "" || ref != "sa/1" {
			t.Errorf("asked %q (-want +got):\n%s", ref, d)
		}
		in, err := io.ReadAll(s.In)
		_, err1 := io.WriteString(s.Out, "out "+string(in))
		_, err2 := io.WriteString(s.Err, "err")
		return 42, errors.Join(err, err1, err2)
	})
	var out, errs bytes.Buffer
	began := time.Now()
	code, err := c.Exec(within(t), "sa/1", want, api.Streams{In: strings.NewReader("in"), Out: &out, Err: &errs})
	if err != nil || code != 42 || out.String() != "out in" || errs.String() != "err" {
		t.Errorf("code %d, error %v, %q, %q", code, err, &out, &errs)
	}
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("took %v: one end waited for the other to close", took)
	}
}

func TestExecWithoutStreams(t *testing.T) {
	c := execs(t, func(_ context.Context, _ string, e api.ExecRequest, s api.Streams) (int, error) {
		if e.Stdin {
			b, err := io.ReadAll(s.In)
			return len(b), err
		}
		if s.In != nil {
			t.Error("an input that nobody asked for")
		}
		_, err := s.Out.Write([]byte("into the void"))
		return 7, err
	})
	for _, want := range []struct {
		stdin bool
		code  int
	}{{false, 7}, {true, 0}} {
		code, err := c.Exec(within(t), "x", api.ExecRequest{Stdin: want.stdin}, api.Streams{})
		if err != nil || code != want.code {
			t.Errorf("stdin %v: code %d, error %v", want.stdin, code, err)
		}
	}
}

// random returns the same n bytes for a seed.
func random(seed uint64, n int64) io.Reader {
	return io.LimitReader(rand.NewChaCha8([32]byte{byte(seed)}), n)
}

func sum(r io.Reader) []byte {
	h := sha256.New()
	_, _ = io.Copy(h, r)
	return h.Sum(nil)
}

func TestExecCarriesMuchBothWaysAtOnce(t *testing.T) {
	const much = 10 << 20
	got := sha256.New()
	c := execs(t, func(_ context.Context, _ string, _ api.ExecRequest, s api.Streams) (int, error) {
		read := make(chan error, 1)
		go func() { _, err := io.Copy(got, s.In); read <- err }()
		_, err := io.Copy(s.Out, random(2, much))
		_, err2 := io.Copy(s.Err, random(3, much))
		return 0, errors.Join(err, err2, <-read)
	})
	out, errs := sha256.New(), sha256.New()
	_, err := c.Exec(within(t), "x", api.ExecRequest{Stdin: true}, api.Streams{In: random(1, much), Out: out, Err: errs})
	if err != nil {
		t.Fatal(err)
	}
	for name, is := range map[string][2][]byte{
		"input":  {got.Sum(nil), sum(random(1, much))},
		"output": {out.Sum(nil), sum(random(2, much))},
		"errors": {errs.Sum(nil), sum(random(3, much))},
	} {
		if !bytes.Equal(is[0], is[1]) {
			t.Errorf("%s is not what was sent", name)
		}
	}
}

// counting counts what is read from an endless input.
type counting struct{ n chan int }

func (c counting) Read(p []byte) (int, error) { c.n <- len(p); return len(p), nil }

func TestExecInputWaitsForTheCommandAndTheCommandCanBeCancelled(t *testing.T) {
	started, ended := make(chan struct{}), make(chan struct{})
	c := execs(t, func(ctx context.Context, _ string, _ api.ExecRequest, _ api.Streams) (int, error) {
		defer close(ended)
		close(started)
		<-ctx.Done() // never reads
		return 0, ctx.Err()
	})
	ctx, cancel := context.WithCancel(within(t))
	in := counting{make(chan int)}
	result := make(chan error, 1)
	go func() {
		_, err := c.Exec(ctx, "x", api.ExecRequest{Stdin: true}, api.Streams{In: in})
		result <- err
	}()
	wait(t, started, "the start")
	sent := 0
	for quiet := false; !quiet; {
		select {
		case n := <-in.n:
			sent += n
		case <-time.After(300 * time.Millisecond):
			quiet = true
		}
		if sent > 4*api.StdinWindow {
			t.Fatalf("%d bytes went to a command that does not read", sent)
		}
	}
	cancel()
	wait(t, ended, "the command to hear that its caller is gone, with input before it")
	err := wait(t, result, "Exec to end")
	if e := asError(t, err); e.Code != ferry.Interrupted || !errors.Is(err, context.Canceled) {
		t.Errorf("got %+v", e)
	}
}

func TestExecEndsWhileInputIsLeft(t *testing.T) {
	c := execs(t, func(_ context.Context, _ string, _ api.ExecRequest, s api.Streams) (int, error) {
		_, err := s.In.Read(make([]byte, 10))
		return 3, err
	})
	code, err := c.Exec(within(t), "x", api.ExecRequest{Stdin: true}, api.Streams{In: random(1, 10<<20)})
	if err != nil || code != 3 {
		t.Errorf("code %d, error %v", code, err)
	}
}

// slow takes output only when told to.
type slow struct{ next chan struct{} }

func (s slow) Write(p []byte) (int, error) { <-s.next; return len(p), nil }

func TestExecOutputWaitsForItsReader(t *testing.T) {
	written := make(chan int, 10000)
	const much = 32 << 20
	c := execs(t, func(_ context.Context, _ string, _ api.ExecRequest, s api.Streams) (int, error) {
		defer close(written)
		for range much >> 20 {
			if _, err := s.Out.Write(make([]byte, 1<<20)); err != nil {
				return 0, err
			}
			written <- 1 << 20
		}
		return 0, nil
	})
	w := slow{make(chan struct{})}
	result := make(chan error, 1)
	go func() {
		_, err := c.Exec(within(t), "x", api.ExecRequest{}, api.Streams{Out: w})
		result <- err
	}()
	total := 0
	for quiet := false; !quiet; {
		select {
		case n := <-written:
			total += n
		case <-time.After(300 * time.Millisecond):
			quiet = true
		}
	}
	if total > much/2 {
		t.Errorf("%d bytes were written though nobody read", total)
	}
	close(w.next)
	if err := wait(t, result, "Exec to end"); err != nil {
		t.Error(err)
	}
}

func TestExecResizes(t *testing.T) {
	c := execs(t, func(ctx context.Context, _ string, e api.ExecRequest, s api.Streams) (int, error) {
		for {
			select {
			case size := <-s.Resize:
				if size == (api.Size{Width: 132, Height: 43}) {
					return int(e.Width), nil
				}
			case <-ctx.Done():
				return 0, ctx.Err()
			}
		}
	})
	sizes := make(chan api.Size, 2)
	sizes <- api.Size{Width: 1, Height: 1}
	sizes <- api.Size{Width: 132, Height: 43}
	code, err := c.Exec(within(t), "x", api.ExecRequest{TTY: true, Width: 80}, api.Streams{Resize: sizes})
	if err != nil || code != 80 {
		t.Errorf("code %d, error %v", code, err)
	}
}

type broken struct{ err error }

func (b broken) Read([]byte) (int, error)  { return 0, b.err }
func (b broken) Write([]byte) (int, error) { return 0, b.err }

func TestExecWithBrokenStreamsOfTheCaller(t *testing.T) {
	own := errors.New("my own trouble")
	ended := make(chan struct{}, 2)
	c := execs(t, func(ctx context.Context, _ string, _ api.ExecRequest, s api.Streams) (int, error) {
		_, _ = s.Out.Write([]byte("x"))
		<-ctx.Done()
		ended <- struct{}{}
		return 0, ctx.Err()
	})
	for name, s := range map[string]api.Streams{"input": {In: broken{own}, Out: io.Discard}, "output": {Out: broken{own}}} {
		_, err := c.Exec(within(t), "x", api.ExecRequest{Stdin: true}, s)
		if !errors.Is(err, own) {
			t.Errorf("%s: got %v", name, err)
		}
		wait(t, ended, "the command to be cancelled")
	}
}

func TestExecLosesItsServer(t *testing.T) {
	path := socket(t)
	started := make(chan struct{})
	stop := running(t, &apitest.Ferry{ExecFunc: func(ctx context.Context, _ string, _ api.ExecRequest, _ api.Streams) (int, error) {
		close(started)
		<-ctx.Done()
		return 0, ctx.Err()
	}}, path)
	c := open(t, clientOf(path))
	result := make(chan error, 1)
	go func() {
		_, err := c.Exec(within(t), "x", api.ExecRequest{}, api.Streams{})
		result <- err
	}()
	wait(t, started, "the start")
	stop()
	if e := asError(t, wait(t, result, "Exec to end")); e.Code != ferry.Unavailable {
		t.Errorf("got %+v", e)
	}
}
