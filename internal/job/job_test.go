package job_test

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/event"
	"github.com/ferry-project/ferry/internal/job"
	"github.com/ferry-project/ferry/internal/state"
)

// life is a server's: jobs on the store of a home, until close.
func life(t *testing.T, home string) (js *job.Jobs, store *state.Store, end func()) {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	store, err := state.Open(filepath.Join(home, "ferry.db"), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	events, err := event.New(context.Background(), store, log)
	if err != nil {
		t.Fatal(err)
	}
	js = job.Open(store, events, log, time.Now)
	return js, store, func() {
		js.Close()
		if err := errors.Join(events.Close(), store.Close()); err != nil {
			t.Error(err)
		}
	}
}

// untilEnded is work that goes on until its job is ended from outside.
func untilEnded(ctx context.Context) ([]ferry.Step, error) {
	<-ctx.Done()
	return nil, context.Cause(ctx)
}

func create(t *testing.T, store *state.Store, id string) {
	t.Helper()
	if err := store.Create(t.Context(), state.Record{ID: id, Status: ferry.Running, Plan: ferry.Plan{Format: 1, Stack: id}}); err != nil {
		t.Fatal(err)
	}
}

func TestAStackHasOneJob(t *testing.T) {
	js, store, end := life(t, t.TempDir())
	defer end()
	create(t, store, "sa-1")
	create(t, store, "sa-2")
	j, err := js.Launch(t.Context(), ferry.Job{Kind: ferry.TestJob, Stack: "sa-1"}, untilEnded)
	if err != nil {
		t.Fatal(err)
	}
	if js.ID("sa-1") != j.ID || ferry.CodeOf(js.Free("sa-1")) != ferry.Conflict || js.Free("sa-2") != nil {
		t.Errorf("sa-1 is worked on by %q, which should be %s: %v; sa-2: %v", js.ID("sa-1"), j.ID, js.Free("sa-1"), js.Free("sa-2"))
	}
	if _, err := js.Launch(t.Context(), ferry.Job{Kind: ferry.StopJob, Stack: "sa-1"}, untilEnded); ferry.CodeOf(err) != ferry.Conflict {
		t.Errorf("a second job of the stack: %v", err)
	}
	if err := js.Cancel(t.Context(), j.ID); err != nil {
		t.Fatal(err)
	}
	if err := js.Wait(t.Context(), j.ID); err != nil {
		t.Fatal(err)
	}
	if j, err := js.Job(t.Context(), j.ID); err != nil || j.State != ferry.JobCancelled || js.Free("sa-1") != nil {
		t.Errorf("it is %s, %v; %v", j.State, err, js.Free("sa-1"))
	}
}

func TestJobsEndAsTheirWorkDoes(t *testing.T) {
	js, store, end := life(t, t.TempDir())
	defer end()
	create(t, store, "sa-1")
	for name, c := range map[string]struct {
		err  error
		want ferry.JobState
	}{
		"well":        {nil, ferry.JobDone},
		"failed":      {errors.New("no"), ferry.JobFailed},
		"interrupted": {job.ErrCancelled, ferry.JobCancelled},
	} {
		j, err := js.Launch(t.Context(), ferry.Job{Kind: ferry.TestJob, Stack: "sa-1"}, func(context.Context) ([]ferry.Step, error) { return nil, c.err })
		if err != nil {
			t.Fatal(err)
		}
		// An end is told when it is recorded and the stack is free.
		if err := js.Follow(t.Context(), j.ID, 0, func(ferry.Event) error { return nil }); err != nil {
			t.Fatal(err)
		}
		got, err := store.Job(t.Context(), j.ID)
		if err != nil || got.State != c.want || (got.Error != nil) != (c.err != nil) || js.Free("sa-1") != nil {
			t.Errorf("%s: %s with %v, %v", name, got.State, got.Error, err)
		}
	}
}

// What a server leaves when it ends, the next one goes on with under the same id.
func TestTheNextServerGoesOn(t *testing.T) {
	home := t.TempDir()
	js, store, end := life(t, home)
	create(t, store, "sa-1")
	j, err := js.Launch(t.Context(), ferry.Job{Kind: ferry.StopJob, Stack: "sa-1"}, untilEnded)
	if err != nil {
		t.Fatal(err)
	}
	js.Leave()
	if _, err := js.Launch(t.Context(), ferry.Job{Kind: ferry.StopJob, Stack: "sa-2"}, untilEnded); ferry.CodeOf(err) != ferry.Unavailable {
		t.Errorf("a server that ends takes a job: %v", err)
	}
	end()
	next, store, end := life(t, home)
	defer end()
	left := ""
	err = next.GoOn(t.Context(), func(j ferry.Job) job.Work {
		left = j.ID
		return func(ctx context.Context) ([]ferry.Step, error) {
			return nil, next.Settle(ctx, j.Stack, ferry.Stopped, nil)
		}
	})
	if err != nil || left != j.ID {
		t.Fatalf("it goes on with %q instead of %s: %v", left, j.ID, err)
	}
	if err := next.Wait(t.Context(), j.ID); err != nil {
		t.Fatal(err)
	}
	rec, err := store.Find(t.Context(), "sa-1")
	if err != nil || rec.Status != ferry.Stopped {
		t.Errorf("the stack is %s, %v", rec.Status, err)
	}
}
