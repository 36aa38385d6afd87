package server

import (
	"context"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/engine/endpoint"
	"github.com/ferry-project/ferry/internal/engine/fake"
)

func config(t *testing.T) Config {
	t.Helper()
	return configIn(filepath.Join(t.TempDir(), "home"))
}

func configIn(home string) Config {
	return Config{Home: home, Version: "test", Engine: fake.New(), Log: slog.New(slog.DiscardHandler)}
}

// life runs a server and returns its API; its end is the test's.
func life(t *testing.T, c Config) (api.Ferry, <-chan error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- Run(ctx, c) }()
	over := make(chan error, 1)
	t.Cleanup(func() { cancel(); <-over })
	go func() { err := <-ended; over <- err; close(over) }()
	deadline := time.Now().Add(2 * time.Minute)
	for {
		f, err := Find(t.Context(), c)
		if err == nil {
			return f, over
		}
		if time.Now().After(deadline) {
			t.Fatalf("the server does not answer: %v", err)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func TestServerServesAndQuits(t *testing.T) {
	c := config(t)
	f, over := life(t, c)
	v, err := f.Version(t.Context())
	if err != nil || v.Engine != "fake" || v.Home != c.Home {
		t.Fatalf("%+v, %v", v, err)
	}
	if err := f.Quit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-over; err != nil {
		t.Errorf("the server ended with %v", err)
	}
	if _, err := Find(t.Context(), c); ferry.CodeOf(err) != ferry.Unavailable {
		t.Errorf("after quit: %v", err)
	}
	if _, err := os.Stat(PathsOf(c.Home).Socket); err == nil {
		t.Error("the socket file is left")
	}
}

func TestFilesBelongToTheOwnerAlone(t *testing.T) {
	c := config(t)
	life(t, c)
	p := PathsOf(c.Home)
	for _, file := range []string{p.Home, p.Store, p.Socket, p.Cache, filepath.Dir(p.Log)} {
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode&0o077 != 0 {
			t.Errorf("%s has mode %o", file, mode)
		}
	}
}

func TestOneServerPerHome(t *testing.T) {
	c := config(t)
	life(t, c)
	done := make(chan error, 1)
	go func() { done <- Run(t.Context(), c) }()
	select {
	case err := <-done:
		if err != nil {
			t.Errorf("the second server ended with %v", err)
		}
	case <-time.After(20 * time.Second):
		t.Error("two servers run on one home")
	}
}

func TestConnectTakesTheServerThatRuns(t *testing.T) {
	c := config(t)
	life(t, c)
	var talk strings.Builder
	f, err := Connect(t.Context(), c, &talk)
	if err != nil || talk.Len() > 0 {
		t.Fatalf("%v, said %q", err, talk.String())
	}
	if _, err := f.List(t.Context(), true); err != nil {
		t.Error(err)
	}
}

func TestTCPOnlyWithTLSAndToken(t *testing.T) {
	for name, tcp := range map[string]TCP{
		"bare": {Address: "127.0.0.1:0"}, "no token": {Address: "127.0.0.1:0", Cert: "c", Key: "k"},
		"no certificate": {Address: "127.0.0.1:0", Token: "t"},
	} {
		c := config(t)
		c.TCP = tcp
		if err := Run(t.Context(), c); ferry.CodeOf(err) != ferry.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestLabelsTellHomesApart(t *testing.T) {
	if a, b := Label("/a"), Label("/b"); a == b || len(a) != 12 {
		t.Errorf("labels %s and %s", a, b)
	}
}

// However long the path is, everything of a home lies in it: nothing in a folder
// of temporary files, where another user could have been first.
func TestDeepHome(t *testing.T) {
	c := config(t)
	c.Home = filepath.Join(c.Home, strings.Repeat("deep/", 40))
	life(t, c)
	if info, err := os.Lstat(filepath.Join(c.Home, "ferry.sock")); err != nil || info.Mode()&fs.ModeSocket == 0 {
		t.Errorf("no socket in the home: %v", err)
	}
}

func TestServerThatCannotStartSaysWhy(t *testing.T) {
	c := config(t)
	if err := os.MkdirAll(c.Home, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(PathsOf(c.Home).Store, []byte("not a database, but a long enough text"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Run(t.Context(), c); err == nil {
		t.Error("a damaged store was taken")
	}
}

// A command that asks for one engine does nothing on another, whoever started the server.
func TestServerOfAnotherEngine(t *testing.T) {
	c := config(t)
	c.At = endpoint.Endpoint{Host: "unix:///near", From: "DOCKER_HOST"}
	life(t, c)
	for name, x := range map[string]struct {
		at   endpoint.Endpoint
		code ferry.Code
	}{
		"the same":          {endpoint.Endpoint{Host: "unix:///near", Asked: true}, ""},
		"another":           {endpoint.Endpoint{Host: "tcp://far:1", From: "--context far", Asked: true}, ferry.Conflict},
		"none is asked for": {endpoint.Endpoint{Host: "tcp://far:1"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			asks := c
			asks.At = x.at
			_, err := Connect(t.Context(), asks, io.Discard)
			if ferry.CodeOf(err) != x.code {
				t.Errorf("got %v", err)
			}
			if err != nil && !strings.Contains(err.Error(), "unix:///near, not with the one at tcp://far:1 (from --context far)") {
				t.Errorf("got %v", err)
			}
		})
	}
}
