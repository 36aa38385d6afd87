package fake_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/engine/fake"
)

// started is an engine with one running node "n" of stack "sa-1".
func started(t *testing.T) *fake.Engine {
	t.Helper()
	e := fake.New()
	e.AddImage("img", nil)
	labels := map[string]string{ferry.LabelFerry: "1", ferry.LabelStack: "sa-1"}
	must(t, e.CreateNode(t.Context(), engine.Spec{Name: "n", Image: "img", Labels: labels}))
	must(t, e.StartNode(t.Context(), "n"))
	return e
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestFailIsTheCallsError(t *testing.T) {
	e := started(t)
	boom := errors.New("boom")
	e.Fail = func(call, target string) error {
		if call == "stop-node" && target == "n" {
			return boom
		}
		return nil
	}
	if err := e.StopNode(t.Context(), "n", time.Second); !errors.Is(err, boom) {
		t.Fatalf("stop: %v, want boom", err)
	}
	if got := e.Snapshot().Running; len(got) != 1 {
		t.Fatalf("running %v after a stop that failed", got)
	}
}

func TestCrashAt(t *testing.T) {
	for _, c := range []struct {
		name  string
		after bool
		left  int
	}{{"before the call takes effect", false, 1}, {"after it", true, 0}} {
		t.Run(c.name, func(t *testing.T) {
			e := started(t)
			e.CrashAt(2, c.after)
			must(t, e.StopNode(t.Context(), "n", time.Second))
			for range 2 {
				if err := e.RemoveNode(t.Context(), "n"); !errors.Is(err, fake.ErrCrash) {
					t.Fatalf("remove: %v, want ErrCrash", err)
				}
			}
			if left := e.Left(); len(left) != c.left {
				t.Fatalf("left %v, want %d", left, c.left)
			}
			e.CrashAt(0, false)
			must(t, e.RemoveNode(t.Context(), "n"))
		})
	}
}

func TestKillEndsCommandsAndTellsWatchers(t *testing.T) {
	e := started(t)
	e.OnRun = func(ctx context.Context, _ string, _ engine.Exec) (int, error) {
		e.Kill("n")
		<-ctx.Done()
		return 0, ctx.Err()
	}
	events, err := e.Watch(t.Context())
	must(t, err)
	code, err := e.Exec(t.Context(), "n", engine.Exec{Command: []string{"sleep"}})
	if code != 137 || err != nil {
		t.Fatalf("exec in a killed node: %d, %v", code, err)
	}
	if ev := <-events; ev.Node != "n" || ev.State != engine.Exited || ev.ExitCode != 137 {
		t.Fatalf("event %+v", ev)
	}
}

func TestKillCutsConnections(t *testing.T) {
	e := started(t)
	conn, err := e.Dial(t.Context(), "n", 80)
	must(t, err)
	e.Kill("n")
	if _, err := conn.Read(make([]byte, 1)); err == nil {
		t.Fatal("read from a dead node")
	}
	if _, err := e.Dial(t.Context(), "n", 80); !errors.Is(err, engine.ErrConflict) {
		t.Fatalf("dial of a dead node: %v", err)
	}
}

func TestSetDown(t *testing.T) {
	e := started(t)
	events, err := e.Watch(t.Context())
	must(t, err)
	e.SetDown(true)
	if _, open := <-events; open {
		t.Fatal("the watch outlives its engine")
	}
	if _, err := e.Info(t.Context()); !errors.Is(err, engine.ErrUnavailable) {
		t.Fatalf("info: %v", err)
	}
	e.SetDown(false)
	_, err = e.Info(t.Context())
	must(t, err)
}

func TestOnExecAndListen(t *testing.T) {
	e := started(t)
	e.OnExec = func(node string, cmd []string) (int, string) { return 3, node + cmd[0] }
	pr, pw := io.Pipe()
	go func() {
		code, err := e.Exec(t.Context(), "n", engine.Exec{Command: []string{"who"}, Stdout: pw})
		if code != 3 || err != nil {
			t.Errorf("exec: %d, %v", code, err)
		}
		_ = pw.Close()
	}()
	if out, _ := io.ReadAll(pr); string(out) != "nwho" {
		t.Fatalf("stdout %q", out)
	}
	e.Listen("n", 80, nil)
	if _, err := e.Dial(t.Context(), "n", 80); err == nil {
		t.Fatal("a refused port was dialled")
	}
}
