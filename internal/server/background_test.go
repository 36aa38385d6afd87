package server

import (
	"context"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine/fake"
)

// testHome tells the program of these tests, run as a server, for which home.
const testHome = "FERRY_TEST_HOME"

// TestMain makes the program of these tests the server that commands start in the
// background: it is called as they would call ferry.
func TestMain(m *testing.M) {
	if len(os.Args) == 4 && os.Args[1] == "server" && os.Args[2] == "--report" {
		os.Exit(serveHome(os.Getenv(testHome)))
	}
	os.Exit(m.Run())
}

func serveHome(home string) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	syscall.CloseOnExec(reportFD)
	err := Run(ctx, Config{Home: home, Version: "test", Engine: fake.New(), Log: slog.New(slog.NewTextHandler(os.Stderr, nil))})
	Report(reportFD, err)
	if err != nil {
		return 1
	}
	return 0
}

// connected is a command's view of a home whose servers are processes of their own;
// the last one ends with the test.
func connected(t *testing.T) Config {
	t.Helper()
	c := config(t)
	t.Setenv(testHome, c.Home)
	t.Cleanup(func() {
		if f, err := Find(context.Background(), c); err == nil {
			_ = f.Quit(context.Background())
		}
		eventually(t, "the server's end", func() bool {
			lock, _ := tryLock(PathsOf(c.Home))
			return lock != nil && lock.Close() == nil
		})
	})
	return c
}

func eventually(t *testing.T, what string, true func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !true(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

func pid(t *testing.T, c Config) int {
	t.Helper()
	f, err := Find(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	v, err := f.Version(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return v.PID
}

// A command sees its call through whenever and however the server is ended: asked
// to, which takes a while in which the socket is gone and the lock is held, or killed.
func TestCommandOutlivesItsServers(t *testing.T) {
	c := connected(t)
	f, err := Connect(t.Context(), c, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	for round, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL, syscall.SIGTERM, syscall.SIGTERM} {
		was := pid(t, c)
		if err := syscall.Kill(was, sig); err != nil {
			t.Fatal(err)
		}
		if round == 2 { // at once, while it is ending
			eventually(t, "the socket to go", func() bool { _, err := os.Lstat(PathsOf(c.Home).Socket); return err != nil })
		}
		eventually(t, "another server", func() bool { // the one that ends may answer still
			if _, err := f.List(t.Context(), true); err != nil {
				t.Fatalf("round %d: %v", round, err)
			}
			v, err := f.Version(t.Context())
			if err != nil {
				t.Fatalf("round %d: %v", round, err)
			}
			return v.PID != was
		})
	}
}

// The lock of a server that ends is waited for.
func TestServerWaitsForTheOneBefore(t *testing.T) {
	c := config(t)
	p := PathsOf(c.Home)
	if _, err := p.make(""); err != nil {
		t.Fatal(err)
	}
	lock, err := tryLock(p)
	if lock == nil || err != nil {
		t.Fatal(lock, err)
	}
	time.AfterFunc(300*time.Millisecond, func() { _ = lock.Close() })
	began := time.Now()
	life(t, c)
	if time.Since(began) < 300*time.Millisecond {
		t.Error("two servers had the lock")
	}
}

func TestReasonOfAServerThatCannotStart(t *testing.T) {
	c := connected(t)
	p := PathsOf(c.Home)
	if _, err := p.make(""); err != nil {
		t.Fatal(err)
	}
	write := func(path, text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(p.Log, strings.Repeat("an older line\n", 100))
	write(p.Store, "not a database, but a long enough text")
	err := connectError(t, c)
	e, ok := err.(*ferry.Error) //nolint:errorlint // it is what leaves Connect
	if !ok || e.Code != ferry.Failed || !strings.HasPrefix(e.Message, "the server did not start: the state file "+p.Store) || e.Hint == "" {
		t.Errorf("got %+v", err)
	}
	if ok && strings.Contains(e.Output, "older") {
		t.Errorf("older lines of the log: %s", e.Output)
	}
	if err := os.Remove(p.Store); err != nil {
		t.Fatal(err)
	}
}

func TestSocketThatWasRemovedComesBack(t *testing.T) {
	c := config(t)
	life(t, c)
	for range 3 {
		if err := os.Remove(PathsOf(c.Home).Socket); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the socket", func() bool { _, err := Find(t.Context(), c); return err == nil })
	}
}

// removeAll removes a home while its server may be making files in it.
func removeAll(p Paths) (err error) {
	for range 100 {
		if err = os.RemoveAll(p.Home); err == nil {
			break
		}
	}
	return err
}

func TestServerWithoutItsFilesEnds(t *testing.T) {
	for name, lose := range map[string]func(Paths) error{
		"lock":     func(p Paths) error { return os.Remove(p.Lock) },
		"records":  func(p Paths) error { return os.Rename(p.Store, p.Store+".old") },
		"the home": func(p Paths) error { return os.Rename(p.Home, p.Home+".old") },
		"all":      removeAll,
	} {
		t.Run(name, func(t *testing.T) {
			c := config(t)
			_, over := life(t, c)
			if err := lose(PathsOf(c.Home)); err != nil {
				t.Fatal(err)
			}
			if err := <-over; ferry.CodeOf(err) != ferry.Conflict {
				t.Errorf("ended with %v", err)
			}
			life(t, c) // and another one begins
		})
	}
}
