package enginetest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/ferry-project/ferry/internal/engine"
)

func (s *suite) exec(t *testing.T) {
	n := s.running(t, nil)
	for _, c := range []struct {
		name     string
		exec     engine.Exec
		code     int
		out, err string
	}{
		{name: "success", exec: engine.Exec{Command: command("echo", "hello", "there")}, out: "hello there\n"},
		{name: "exit code", exec: engine.Exec{Command: command("exit", "42")}, code: 42},
		{name: "a code like a refusal's", exec: engine.Exec{Command: command("exit", "127")}, code: 127},
		{name: "standard error", exec: engine.Exec{Command: command("err", "oh no")}, code: 1, err: "oh no\n"},
		{name: "environment", exec: engine.Exec{Command: command("env", "A"), Env: map[string]string{"A": "x y"}}, out: "x y\n"},
		{name: "folder", exec: engine.Exec{Command: command("pwd"), Dir: "/data"}, out: "/data\n"},
		{name: "user", exec: engine.Exec{Command: command("uid"), User: "1234"}, out: "1234\n"},
		{name: "nothing is a shell string", exec: engine.Exec{Command: command("echo", "$HOME; `exit`")}, out: "$HOME; `exit`\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out, errs bytes.Buffer
			c.exec.Stdout, c.exec.Stderr = &out, &errs
			code, err := s.Exec(t.Context(), n, c.exec)
			if err != nil || code != c.code || out.String() != c.out || errs.String() != c.err {
				t.Errorf("code %d, out %q, err %q, %v", code, out.String(), errs.String(), err)
			}
		})
	}
}

func (s *suite) execStreams(t *testing.T) {
	n := s.running(t, nil)
	t.Run("input to its end", func(t *testing.T) {
		in := strings.Repeat("all of it ", 50_000)
		var out bytes.Buffer
		code, err := s.Exec(t.Context(), n, engine.Exec{Command: command("cat"), Stdin: strings.NewReader(in), Stdout: &out})
		if code != 0 || err != nil || out.String() != in {
			t.Errorf("code %d, %d of %d bytes, %v", code, out.Len(), len(in), err)
		}
	})
	t.Run("a dialogue", func(t *testing.T) {
		in, tell := io.Pipe()
		hear, out := io.Pipe()
		done := make(chan error, 1)
		go func() {
			_, err := s.Exec(t.Context(), n, engine.Exec{Command: command("cat"), Stdin: in, Stdout: out})
			done <- err
		}()
		for _, word := range []string{"ping", "pong"} {
			_, err := io.WriteString(tell, word)
			must(t, err)
			got := make([]byte, 4)
			_, err = io.ReadFull(hear, got)
			if err != nil || string(got) != word {
				t.Fatalf("heard %q, %v", got, err)
			}
		}
		_ = tell.Close()
		must(t, <-done)
	})
	t.Run("no streams at all", func(t *testing.T) {
		code, err := s.Exec(t.Context(), n, engine.Exec{Command: command("echo", "to nobody")})
		if code != 0 || err != nil {
			t.Errorf("code %d, %v", code, err)
		}
	})
	t.Run("an input that never ends", func(t *testing.T) {
		in, tell := io.Pipe()
		defer func() { _ = tell.Close() }()
		code, err := s.Exec(t.Context(), n, engine.Exec{Command: command("exit", "5"), Stdin: in})
		if code != 5 || err != nil {
			t.Errorf("code %d, %v", code, err)
		}
	})
}

func (s *suite) execTerminal(t *testing.T) {
	n := s.running(t, nil)
	sizes := make(chan engine.Size, 2)
	sizes <- engine.Size{Width: 80, Height: 24}
	sizes <- engine.Size{Width: 123, Height: 45}
	var out bytes.Buffer
	code, err := s.Exec(t.Context(), n, engine.Exec{Command: command("terminal", "123", "45"), TTY: true, Stdout: &out, Resize: sizes})
	if code != 0 || err != nil || strings.TrimSpace(out.String()) != "terminal 123x45" {
		t.Errorf("code %d, out %q, %v", code, out.String(), err)
	}
	if code, err := s.Exec(t.Context(), n, engine.Exec{Command: command("terminal", "1", "1")}); code != 1 || err != nil {
		t.Errorf("a terminal without asking: code %d, %v", code, err)
	}
}

func (s *suite) execRefused(t *testing.T) {
	n := s.running(t, nil)
	for _, tty := range []bool{false, true} {
		var out bytes.Buffer
		_, err := s.Exec(t.Context(), n, engine.Exec{Command: []string{"no-such-command"}, Stdout: &out, TTY: tty})
		if err == nil || !strings.Contains(err.Error(), "no-such-command") || out.Len() > 0 {
			t.Errorf("a command that does not exist: %v, out %q", err, out.String())
		}
	}
	must(t, s.StopNode(t.Context(), n, patience))
	_, err := s.Exec(t.Context(), n, engine.Exec{Command: command("echo")})
	want(t, "exec in a stopped node", err, engine.ErrConflict)
}

// execCancel: when the context ends, nothing of the command stays.
func (s *suite) execCancel(t *testing.T) {
	n := s.running(t, nil)
	for _, c := range []struct {
		name, command, user string
		tty                 bool
	}{
		{"ends on TERM", "hold", "", false},
		{"must be killed", "holdhard", "", false},
		{"of a user", "hold", "1234", false},
		{"on a terminal", "hold", "", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			begun := writer(func(p []byte) (int, error) { cancel(); return len(p), nil })
			start := time.Now()
			_, err := s.Exec(ctx, n, engine.Exec{Command: command(c.command), User: c.user, TTY: c.tty, Stdout: begun})
			want(t, "exec", err, context.Canceled)
			if d := time.Since(start); d > patience/2 {
				t.Errorf("it took %s", d)
			}
			if left := s.tool(t, n, "count", c.command); left != "0" {
				t.Errorf("%s processes are left", left)
			}
		})
	}
	t.Run("before it has begun", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		_, err := s.Exec(ctx, n, engine.Exec{Command: command("hold")})
		want(t, "exec", err, context.DeadlineExceeded)
		if left := s.tool(t, n, "count", "hold"); left != "0" {
			t.Errorf("%s processes are left", left)
		}
	})
}

type writer func(p []byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

// execBrokenOutput: an output nobody reads any more ends the command.
func (s *suite) execBrokenOutput(t *testing.T) {
	n := s.running(t, nil)
	broken := errors.New("nobody listens")
	out := writer(func([]byte) (int, error) { return 0, broken })
	_, err := s.Exec(t.Context(), n, engine.Exec{Command: command("flood"), Stdout: out})
	want(t, "exec", err, broken)
	if left := s.tool(t, n, "count", "flood"); left != "0" {
		t.Errorf("%s processes are left", left)
	}
}

// execNodeEnds: a command ends with its node.
func (s *suite) execNodeEnds(t *testing.T) {
	for name, end := range map[string]func(context.Context, string) error{
		"killed": func(ctx context.Context, n string) error { return s.StopNode(ctx, n, 0) }, "removed": s.RemoveNode,
	} {
		t.Run(name, func(t *testing.T) {
			n := s.running(t, nil)
			begun := make(chan struct{}, 1)
			out := writer(func(p []byte) (int, error) { begun <- struct{}{}; return len(p), nil })
			ended := make(chan error, 1)
			go func() {
				<-begun
				ended <- end(t.Context(), n)
			}()
			code, err := s.Exec(t.Context(), n, engine.Exec{Command: command("hold"), Stdout: out})
			if code != 137 || err != nil {
				t.Errorf("code %d, %v, want 137", code, err)
			}
			must(t, <-ended)
		})
	}
}
