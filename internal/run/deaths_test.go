package run

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/engine/fake"
)

func TestNodeThatDiesEndsItsWaits(t *testing.T) {
	for name, c := range map[string]struct {
		silent        bool // the engine's event is lost
		kill, message string
		hint          string
	}{
		"task":           {kill: "format", message: `a0 stopped with exit code 137 while task "format" ran in it`, hint: "is the disk full?"},
		"task, no event": {silent: true, kill: "format", message: `a0 stopped with exit code 137 while task "format" ran in it`, hint: "is the disk full?"},
		"probe":          {kill: "members", message: "a0 stopped with exit code 137 before it was true that all members are seen", hint: "look at its log"},
	} {
		t.Run(name, func(t *testing.T) {
			try(t, func(t *testing.T, b *bench) {
				if c.silent {
					b.use(deaf{b.engine})
				}
				b.engine.OnRun = func(ctx context.Context, node string, e engine.Exec) (int, error) {
					if e.Command[0] != c.kill {
						return 0, nil
					}
					b.engine.Print(node, "cannot go on with "+password)
					time.AfterFunc(time.Second, func() { b.engine.Kill(node) })
					return 0, pause(ctx, time.Hour)
				}
				start := time.Now()
				_, err := b.walk(t)
				fails(t, err, c.message, c.hint, "cannot go on with ***")
				if took := time.Since(start); took > 2*time.Second {
					t.Errorf("the wait went on for %s", took)
				}
			})
		})
	}
}

// deaf is an engine whose watch never reports anything.
type deaf struct{ engine.Engine }

func (deaf) Watch(ctx context.Context) (<-chan engine.Event, error) {
	events := make(chan engine.Event)
	context.AfterFunc(ctx, func() { close(events) })
	return events, nil
}

func TestLastTwentyLogLinesComeWithADeath(t *testing.T) {
	try(t, func(t *testing.T, b *bench) {
		b.engine.OnRun = func(ctx context.Context, node string, _ engine.Exec) (int, error) {
			for i := range 30 {
				b.engine.Print(node, fmt.Sprint("line ", i))
			}
			b.engine.Kill(node)
			return 0, pause(ctx, time.Hour)
		}
		_, err := b.walk(t)
		var e *ferry.Error
		if !errors.As(err, &e) || strings.Count(e.Output, "\n") != 19 || !strings.HasSuffix(e.Output, "line 29") {
			t.Errorf("output: %q", e.Output)
		}
	})
}

// TestNodeThatDiedBeforeTheWalk: the walk waits for what a node does that is gone.
func TestNodeThatDiedBeforeTheWalk(t *testing.T) {
	try(t, func(t *testing.T, b *bench) {
		if _, err := b.walk(t); err != nil {
			t.Fatal(err)
		}
		b.engine.Exit("fy-1-b0", 4)
		b.graph.Ops = slices.DeleteFunc(b.graph.Ops, func(o ferry.Op) bool { return o.ID != "probe port" })
		b.graph.Ops[0].After = nil
		start := time.Now()
		_, err := b.walk(t)
		fails(t, err, "b0 stopped with exit code 4 before it was true that sshd listens", "", "")
		if took := time.Since(start); took > time.Second {
			t.Errorf("took %s", took)
		}
	})
}

// TestEarlierDeathDoesNotCount: a resume starts what has stopped.
func TestEarlierDeathDoesNotCount(t *testing.T) {
	try(t, func(t *testing.T, b *bench) {
		if _, err := b.walk(t); err != nil {
			t.Fatal(err)
		}
		for _, n := range b.engine.Snapshot().Nodes {
			b.engine.Exit(n, 0)
		}
		if _, err := b.walk(t); err != nil {
			t.Errorf("the resume: %v", err)
		}
	})
}

func TestWatchThatBreaksOffIsBegunAgain(t *testing.T) {
	try(t, func(t *testing.T, b *bench) {
		if _, err := b.walk(t); err != nil {
			t.Fatal(err)
		}
		b.engine.OnRun = func(ctx context.Context, node string, _ engine.Exec) (int, error) {
			b.engine.SetDown(true)
			time.AfterFunc(3*time.Second, func() { b.engine.SetDown(false) })
			time.AfterFunc(30*time.Second, func() { b.engine.Kill(node) })
			return 0, pause(ctx, time.Hour)
		}
		b.use(undying{b.engine})
		b.graph.Ops = []ferry.Op{{ID: "format", Do: ferry.RunTask, Service: "se-a", Node: "a0", Name: "format"}}
		watches, start := b.engine.Count("watch"), time.Now()
		_, err := b.walk(t)
		fails(t, err, `a0 stopped with exit code 137 while task "format" ran in it`, "is the disk full?", "")
		if took := time.Since(start); took != 30*time.Second {
			t.Errorf("took %s", took)
		}
		if n := b.engine.Count("watch") - watches; n < 2 {
			t.Errorf("%d watches", n)
		}
	})
}

// undying is an engine whose commands do not end with their node: only the
// watch can tell.
type undying struct{ *fake.Engine }

func (u undying) Exec(ctx context.Context, node string, e engine.Exec) (int, error) {
	return u.OnRun(ctx, node, e)
}

func TestDeaths(t *testing.T) {
	exit := func(code int) engine.Event { return engine.Event{Node: "n", State: engine.Exited, ExitCode: code} }
	var heard []int
	d := newDeaths()
	listen := func() func() { return d.on("n", func(e engine.Event) { heard = append(heard, e.ExitCode) }) }

	off := listen()
	d.note(exit(1))
	d.note(exit(1)) // the listing says the same again
	off()
	listen()() // it is dead still
	d.forget("n")
	listen()()
	off = listen()
	d.note(exit(2))
	d.note(engine.Event{Node: "n", State: engine.Running})
	off()
	listen()()
	if want := []int{1, 1, 2}; !slices.Equal(heard, want) {
		t.Errorf("heard %v, want %v", heard, want)
	}
}

func TestDeathsIgnoreAListingOlderThanAStart(t *testing.T) {
	heard := 0
	d := newDeaths()
	gone := []engine.Node{{Name: "n", State: engine.Exited}, {Name: "new", State: engine.Created}}
	d.on("n", func(engine.Event) { heard++ })
	d.on("new", func(engine.Event) { heard += 10 })
	asked := d.now()
	d.forget("n")
	d.seen(gone, asked)
	if heard != 0 {
		t.Error("an old listing counts")
	}
	d.seen(gone, d.now())
	if heard != 1 {
		t.Errorf("heard %d", heard)
	}
}
