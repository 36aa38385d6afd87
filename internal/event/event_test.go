package event_test

import (
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/event"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func broker(t *testing.T, store event.Sink) *event.Broker {
	t.Helper()
	b, err := event.New(t.Context(), store, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

func note(job string) ferry.Event { return ferry.Event{Kind: ferry.Note, Job: job} }

func end(job string) ferry.Event {
	return ferry.Event{Kind: ferry.JobEnded, Job: job, State: ferry.JobDone}
}

func publish(b *event.Broker, n int, e ferry.Event) {
	for range n {
		b.Publish(e)
	}
}

// follow collects until the job is over.
func follow(t *testing.T, b *event.Broker, job string, after int64) []ferry.Event {
	t.Helper()
	var got []ferry.Event
	err := b.Follow(t.Context(), job, after, func(e ferry.Event) error {
		got = append(got, e)
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	return got
}

// inOrder checks that got is numbered first, first+1, … last.
func inOrder(t *testing.T, got []ferry.Event, first, last int64) {
	t.Helper()
	if int64(len(got)) != last-first+1 {
		t.Fatalf("%d events, want %d to %d", len(got), first, last)
	}
	for i, e := range got {
		if e.Seq != first+int64(i) {
			t.Fatalf("event %d has number %d, want %d", i, e.Seq, first+int64(i))
		}
	}
}

func TestPublishNumbersTimesAndKeeps(t *testing.T) {
	store := &memory{events: []ferry.Event{{Seq: 41}}}
	b := broker(t, store)
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	b.Publish(note("jo-1"))
	b.Publish(ferry.Event{Kind: ferry.Note, Time: at})
	b.Close()
	b.Close()
	b.Publish(note("too late"))
	inOrder(t, store.events, 41, 43)
	if store.events[1].Time.IsZero() || !store.events[2].Time.Equal(at) {
		t.Errorf("times %v and %v", store.events[1].Time, store.events[2].Time)
	}
}

func TestEventsAreKeptInBatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &memory{}
		b := broker(t, store)
		publish(b, 500, note(""))
		synctest.Wait()
		if _, calls := store.count(); calls != 0 {
			t.Errorf("%d transactions at once", calls)
		}
		time.Sleep(20 * time.Millisecond)
		synctest.Wait()
		if events, calls := store.count(); calls != 1 || events != 500 {
			t.Errorf("%d events in %d transactions", events, calls)
		}
		before := time.Now()
		b.Publish(end("jo-1"))
		synctest.Wait()
		if events, _ := store.count(); events != 501 || time.Since(before) > 0 {
			t.Error("the end of a job is not kept at once")
		}
	})
}

func TestFollowReplaysThenGoesLive(t *testing.T) {
	store := (&memory{events: []ferry.Event{{Seq: 1, Job: "jo-1"}, {Seq: 2, Job: "jo-2"}, {Seq: 3, Job: "jo-1"}}}).job("jo-1", ferry.JobRunning)
	b := broker(t, store)
	var got []int64
	err := b.Follow(t.Context(), "jo-1", 1, func(e ferry.Event) error {
		got = append(got, e.Seq)
		if e.Seq == 3 { // now everything stored is seen
			b.Publish(note("jo-1"))
			b.Publish(note("jo-2"))
			b.Publish(end("jo-2"))
			b.Publish(end("jo-1"))
			b.Publish(note("jo-1"))
		}
		return nil
	})
	if want := []int64{3, 4, 7}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, want %v: %v", got, want, err)
	}
}

func TestFiftyFollowersOfTenThousandEvents(t *testing.T) {
	const followers, publishers, each = 50, 10, 1_000
	store := (&memory{}).job("jo-1", ferry.JobRunning)
	b := broker(t, store)
	publish(b, followers, note("jo-1")) // positions that followers come back with
	var reading, writing sync.WaitGroup
	for i := range followers {
		reading.Go(func() { inOrder(t, follow(t, b, "jo-1", int64(i)), int64(i)+1, followers+publishers*each+1) })
	}
	for range publishers {
		writing.Go(func() { publish(b, each, note("jo-1")) })
	}
	writing.Wait()
	b.Publish(end("jo-1"))
	reading.Wait()
}

func TestSlowFollowerMissesNothingAndDelaysNobody(t *testing.T) {
	store := (&memory{}).job("jo-1", ferry.JobRunning)
	b := broker(t, store)
	const n = 9_000 // several windows
	started, goOn := make(chan struct{}), make(chan struct{})
	var got []ferry.Event
	done := make(chan error)
	go func() {
		done <- b.Follow(t.Context(), "jo-1", 0, func(e ferry.Event) error {
			if e.Seq == 1 {
				close(started)
				<-goOn
			}
			got = append(got, e)
			return nil
		})
	}()
	b.Publish(note("jo-1"))
	<-started
	publish(b, n-2, note("jo-1"))
	b.Publish(end("jo-1"))
	inOrder(t, follow(t, b, "jo-1", 0), 1, n) // another one sees it all meanwhile
	close(goOn)
	if err := <-done; err != nil {
		t.Error(err)
	}
	inOrder(t, got, 1, n)
}

func TestPublishDoesNotWaitForTheStore(t *testing.T) {
	store := (&memory{gate: make(chan struct{})}).job("jo-1", ferry.JobRunning)
	b := broker(t, store)
	publish(b, 5_000, note("jo-1")) // returns though nothing can be kept
	b.Publish(end("jo-1"))
	close(store.gate)
	inOrder(t, follow(t, b, "jo-1", 0), 1, 5_001)
}

func TestEventsThatCannotBeKeptAreShown(t *testing.T) {
	for _, c := range []struct {
		name       string
		fail, kept int
	}{{"once: repeated", 1, 2}, {"for good: shown only", 2, 0}} {
		t.Run(c.name, func(t *testing.T) {
			store := (&memory{fail: c.fail}).job("jo-1", ferry.JobRunning)
			b := broker(t, store)
			b.Publish(note("jo-1"))
			b.Publish(end("jo-1"))
			inOrder(t, follow(t, b, "jo-1", 0), 1, 2)
			b.Close()
			if len(store.events) != c.kept {
				t.Errorf("%d events kept, want %d", len(store.events), c.kept)
			}
		})
	}
}
