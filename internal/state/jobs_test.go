package state_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/state"
)

func begin(t *testing.T, s *state.Store, id, stack string) {
	t.Helper()
	if err := s.BeginJob(t.Context(), ferry.Job{ID: id, Kind: ferry.StartJob, Stack: stack}); err != nil {
		t.Fatal(err)
	}
}

func TestJobFromBeginToEnd(t *testing.T) {
	s, _ := open(t)
	create(t, s, record("sa-1", ""))
	want := ferry.Job{
		ID: "jo-1", Kind: ferry.StartJob, Stack: "sa-1", State: ferry.JobRunning, Retain: true,
		Start: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	check(t, s.BeginJob(t.Context(), want), "", "")
	got, err := s.Job(t.Context(), "jo-1")
	check(t, err, "", "")
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if r, _ := s.Find(t.Context(), "sa-1"); r.Job != "jo-1" {
		t.Errorf("the stack's job is %q", r.Job)
	}

	want.State = ferry.JobFailed
	want.Error = &ferry.Error{Code: ferry.Failed, Message: "m", Hint: "h", Output: "o"}
	check(t, s.EndJob(t.Context(), "jo-1", ferry.JobFailed, want.Error), "", "")
	check(t, s.EndJob(t.Context(), "jo-1", ferry.JobDone, nil), "", "") // too late
	got, _ = s.Job(t.Context(), "jo-1")
	if d := cmp.Diff(want, got, cmpopts.IgnoreFields(ferry.Job{}, "End"), cmpopts.IgnoreFields(ferry.Error{}, "Err")); d != "" {
		t.Error(d)
	}
	if got.End.IsZero() {
		t.Error("the end has no time")
	}
}

func TestOneJobPerStack(t *testing.T) {
	s, _ := open(t)
	begin(t, s, "jo-1", "sa-1")
	begin(t, s, "jo-2", "sa-2")
	begin(t, s, "jo-3", "") // builds have no stack
	begin(t, s, "jo-4", "")
	again := ferry.Job{ID: "jo-5", Kind: ferry.StopJob, Stack: "sa-1"}
	check(t, s.BeginJob(t.Context(), ferry.Job{ID: "jo-1", Stack: "sa-9"}), ferry.Conflict, "a job jo-1 already")

	running, err := s.RunningJobs(t.Context())
	check(t, err, "", "")
	var ids []string
	for _, j := range running {
		ids = append(ids, j.ID)
	}
	if d := cmp.Diff([]string{"jo-1", "jo-2", "jo-3", "jo-4"}, ids); d != "" {
		t.Error(d)
	}
	check(t, s.BeginJob(t.Context(), again), "", "") // who writes knows that jo-1 is over
	lost, err := s.Job(t.Context(), "jo-1")
	if err != nil || lost.State != ferry.JobFailed || lost.End.IsZero() || lost.Error == nil {
		t.Errorf("the job whose end was lost is %+v, %v", lost, err)
	}
}

func TestOfManyJobsForOneStackOneRuns(t *testing.T) {
	s, _ := open(t)
	const n = 20
	results := make(chan error, n)
	for i := range n {
		go func() {
			results <- s.BeginJob(t.Context(), ferry.Job{ID: fmt.Sprintf("jo-%d", i), Stack: "sa-1", Kind: ferry.StartJob, Start: time.Unix(1, 0)})
		}()
	}
	for range n {
		check(t, <-results, "", "")
	}
	if running, err := s.RunningJobs(t.Context()); err != nil || len(running) != 1 {
		t.Errorf("%d jobs run, %v", len(running), err)
	}
}

func TestJobErrors(t *testing.T) {
	s, _ := open(t)
	_, err := s.Job(t.Context(), "jo-9")
	check(t, err, ferry.NotFound, "there is no job jo-9")
	check(t, s.EndJob(t.Context(), "jo-9", ferry.JobDone, nil), ferry.NotFound, "")
	begin(t, s, "jo-1", "")
	check(t, s.EndJob(t.Context(), "jo-1", ferry.JobRunning, nil), ferry.Internal, "")
}

func TestOldJobsAreForgotten(t *testing.T) {
	s, path := open(t)
	create(t, s, record("sa-1", ""))
	begin(t, s, "jo-latest", "sa-1") // stays: the stack names it
	check(t, s.EndJob(t.Context(), "jo-latest", ferry.JobDone, nil), "", "")
	begin(t, s, "jo-running", "sa-2") // stays: it runs
	begin(t, s, "jo-old", "")
	check(t, s.EndJob(t.Context(), "jo-old", ferry.JobDone, nil), "", "")
	meddle(t, path, `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 1000)
		INSERT INTO jobs SELECT 'jo-n' || i, 'start', '', 'done', 4000000000000000000 + i, 1, '', 0 FROM n`)
	begin(t, s, "jo-new", "")
	check(t, s.EndJob(t.Context(), "jo-new", ferry.JobDone, nil), "", "")

	for id, code := range map[string]ferry.Code{"jo-latest": "", "jo-running": "", "jo-n1000": "", "jo-old": ferry.NotFound} {
		_, err := s.Job(t.Context(), id)
		check(t, err, code, "")
	}
}
