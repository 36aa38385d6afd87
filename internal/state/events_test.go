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

// keep appends n events of a job from number from on.
func keep(t *testing.T, s *state.Store, job string, from int64, n int) {
	t.Helper()
	batch := make([]ferry.Event, n)
	for i := range batch {
		batch[i] = ferry.Event{Seq: from + int64(i), Job: job, Kind: ferry.Output, Message: "line"}
	}
	if err := s.AppendEvents(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
}

func seqs(t *testing.T, s *state.Store, job string, after int64, limit int) []int64 {
	t.Helper()
	events, err := s.Events(t.Context(), job, after, limit)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]int64, len(events))
	for i, e := range events {
		out[i] = e.Seq
	}
	return out
}

func TestEventComesBackAsItWas(t *testing.T) {
	s, _ := open(t)
	want := ferry.Event{
		Seq: 7, Time: time.Date(2026, 1, 1, 1, 1, 1, 1, time.UTC), Kind: ferry.JobEnded, Stack: "sa-1",
		Job: "jo-1", Op: "start a", Do: ferry.StartNode, Service: "se-1", Node: "a", Message: "m", Took: time.Second, Total: 3,
		State: ferry.JobFailed, Error: &ferry.Error{Code: ferry.Failed, Message: "x"}, Path: []ferry.Step{{Op: "o", Took: 1}},
	}
	check(t, s.AppendEvents(t.Context(), []ferry.Event{want}), "", "")
	got, err := s.Events(t.Context(), "jo-1", 0, 10)
	check(t, err, "", "")
	if d := cmp.Diff([]ferry.Event{want}, got, cmpopts.IgnoreFields(ferry.Error{}, "Err")); d != "" {
		t.Error(d)
	}
}

func TestEventsAreSelected(t *testing.T) {
	s, _ := open(t)
	if n, err := s.LastSeq(t.Context()); n != 0 || err != nil {
		t.Errorf("the first number is %d, %v", n, err)
	}
	keep(t, s, "jo-1", 1, 3)
	keep(t, s, "jo-2", 4, 2)
	keep(t, s, "jo-1", 6, 2)
	keep(t, s, "jo-1", 7, 1) // again: nothing happens
	check(t, s.AppendEvents(t.Context(), nil), "", "")
	for _, c := range []struct {
		name, job string
		after     int64
		limit     int
		want      []int64
	}{
		{"all", "", 0, 100, []int64{1, 2, 3, 4, 5, 6, 7}},
		{"no limit", "", 0, 0, []int64{1, 2, 3, 4, 5, 6, 7}},
		{"a job's", "jo-1", 0, 100, []int64{1, 2, 3, 6, 7}},
		{"after", "jo-1", 2, 100, []int64{3, 6, 7}},
		{"limited", "", 2, 3, []int64{3, 4, 5}},
		{"beyond the end", "", 7, 3, []int64{}},
		{"unknown job", "jo-9", 0, 3, []int64{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if d := cmp.Diff(c.want, seqs(t, s, c.job, c.after, c.limit)); d != "" {
				t.Error(d)
			}
		})
	}
	if n, err := s.LastSeq(t.Context()); n != 7 || err != nil {
		t.Errorf("the last number is %d, %v", n, err)
	}
}

// Of 60 jobs' events and of those of no job, what is neither among the newest
// 10,000 nor of the newest 50 jobs nor of a running one goes.
func TestOldEventsAreForgotten(t *testing.T) {
	s, _ := open(t)
	begin(t, s, "jo-running", "sa-9")
	keep(t, s, "jo-running", 1, 10)
	keep(t, s, "", 11, 10)
	keep(t, s, "jo-unknown", 21, 10)
	next := int64(31)
	for i := range 60 {
		id := fmt.Sprintf("jo-%02d", i)
		begin(t, s, id, "")
		keep(t, s, id, next, 10)
		next += 10
		check(t, s.EndJob(t.Context(), id, ferry.JobDone, nil), "", "")
	}
	keep(t, s, "", next, 9_999)
	next += 9_999
	keep(t, s, "jo-59", next, 2_001) // crosses a thousand: time to tidy

	for job, want := range map[string]int{"jo-running": 10, "jo-unknown": 0, "jo-00": 0, "jo-09": 0, "jo-10": 10, "jo-58": 10, "jo-59": 2_011} {
		if got := len(seqs(t, s, job, 0, 5_000)); got != want {
			t.Errorf("%s has %d events left, want %d", job, got, want)
		}
	}
	all := seqs(t, s, "", next-7_999-1, 20_000)
	if len(all) != 10_000 {
		t.Errorf("%d of the newest 10,000 are left", len(all))
	}
	if first := seqs(t, s, "", 20, 1)[0]; first != 131 { // jo-10's first
		t.Errorf("after the running job's comes event %d", first)
	}
}
