package event_test

import (
	"testing"

	"github.com/ferry-project/ferry"
)

// The events so far are returned at once, also of a job that is at work.
func TestPastWaitsForNothing(t *testing.T) {
	m := (&memory{}).job("jo-1", ferry.JobRunning)
	b := broker(t, m)
	if got, err := b.Past(t.Context(), "jo-9"); err != nil || len(got) != 0 {
		t.Errorf("of nobody: %v, %v", got, err)
	}
	const many = 6000 // more than are in memory
	for range many {
		b.Publish(note("jo-1"))
		b.Publish(note("jo-2"))
	}
	b.Publish(ferry.Event{Kind: ferry.JobEnded, Job: "jo-1"})
	if err := b.Follow(t.Context(), "jo-1", 0, func(ferry.Event) error { return nil }); err != nil {
		t.Fatal(err)
	}
	got, err := b.Past(t.Context(), "jo-1")
	if err != nil || len(got) != many+1 || got[many].Kind != ferry.JobEnded {
		t.Fatalf("%d events, %v", len(got), err)
	}
	for i, e := range got {
		if e.Job != "jo-1" || i > 0 && e.Seq <= got[i-1].Seq {
			t.Fatalf("event %d is %+v", i, e)
		}
	}
	if other, err := b.Past(t.Context(), "jo-2"); err != nil || len(other) != many {
		t.Errorf("of a job at work: %d, %v", len(other), err)
	}
}
