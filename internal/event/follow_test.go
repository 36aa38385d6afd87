package event_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/event"
)

func TestFollowEnds(t *testing.T) {
	mistake := errors.New("mistake")
	for _, c := range []struct {
		name string
		job  string
		act  func(b *event.Broker, cancel func())
		do   error
		want func(error) bool
	}{
		{"with the context, of one job", "jo-1", func(_ *event.Broker, cancel func()) { cancel() }, nil, is(context.Canceled)},
		{"with the context, of all", "", func(_ *event.Broker, cancel func()) { cancel() }, nil, is(context.Canceled)},
		{"with an error of do", "", func(b *event.Broker, _ func()) { b.Publish(note("")) }, mistake, is(mistake)},
		{"with the broker", "jo-1", func(b *event.Broker, _ func()) { b.Close() }, nil, code(ferry.Unavailable)},
		{"with a job nobody knows", "jo-9", func(*event.Broker, func()) {}, nil, code(ferry.NotFound)},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := broker(t, (&memory{}).job("jo-1", ferry.JobRunning))
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				done := make(chan error, 1)
				go func() { done <- b.Follow(ctx, c.job, 0, func(ferry.Event) error { return c.do }) }()
				synctest.Wait()
				c.act(b, cancel)
				if err := <-done; !c.want(err) {
					t.Errorf("ended with %v", err)
				}
			})
		})
	}
}

func is(want error) func(error) bool { return func(err error) bool { return errors.Is(err, want) } }

func code(want ferry.Code) func(error) bool {
	return func(err error) bool { return ferry.CodeOf(err) == want }
}

func TestCloseShowsWhatWasPublished(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := broker(t, &memory{})
		var got []ferry.Event
		done := make(chan error, 1)
		go func() {
			done <- b.Follow(t.Context(), "", 0, func(e ferry.Event) error { got = append(got, e); return nil })
		}()
		synctest.Wait()
		publish(b, 3, note(""))
		b.Close()
		if err := <-done; ferry.CodeOf(err) != ferry.Unavailable {
			t.Error(err)
		}
		inOrder(t, got, 1, 3)
	})
}

func TestFollowOfAJobThatIsOver(t *testing.T) {
	kept := []ferry.Event{{Seq: 1, Job: "jo-1", Kind: ferry.Note}, {Seq: 2, Job: "jo-1", Kind: ferry.JobEnded, State: ferry.JobDone}, {Seq: 3, Job: "jo-2"}}
	for _, c := range []struct {
		name  string
		kept  []ferry.Event
		job   string
		after int64
		want  string
		took  time.Duration
	}{
		{"all of it", kept, "jo-1", 0, "1 note, 2 job-ended done, ", 0},
		{"its end", kept, "jo-1", 1, "2 job-ended done, ", 0},
		{"nothing: its end was seen", kept, "jo-1", 2, "", 0},
		{"it ended without a word", kept[:1], "jo-1", 0, "1 note, 1 job-ended failed, ", 500 * time.Millisecond},
		{"its events are forgotten", nil, "jo-1", 0, "0 job-ended failed, ", 500 * time.Millisecond},
		{"a position of another life", kept[:1], "jo-1", 999, "1 job-ended failed, ", 500 * time.Millisecond},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := broker(t, (&memory{events: slices.Clone(c.kept)}).job("jo-1", ferry.JobFailed))
				before, got := time.Now(), ""
				for _, e := range follow(t, b, c.job, c.after) {
					got += fmt.Sprint(e.Seq, " ", e.Kind)
					if e.State != "" {
						got += " " + string(e.State)
					}
					got += ", "
				}
				if got != c.want {
					t.Errorf("got %q, want %q", got, c.want)
				}
				if took := time.Since(before); took != c.took {
					t.Errorf("took %v, want %v", took, c.took)
				}
			})
		})
	}
}

func TestFollowNoticesAJobThatEndsWithoutAWord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := (&memory{}).job("jo-1", ferry.JobRunning)
		b := broker(t, store)
		go func() {
			time.Sleep(7 * time.Second)
			store.job("jo-1", ferry.JobCancelled)
			for range 100 { // the noise of others must not put it off forever
				b.Publish(note("jo-2"))
				time.Sleep(100 * time.Millisecond)
			}
		}()
		before := time.Now()
		got := follow(t, b, "jo-1", 0)
		if len(got) != 1 || got[0].State != ferry.JobCancelled || got[0].Took != 3*time.Second {
			t.Errorf("got %+v", got)
		}
		if took := time.Since(before); took > 11*time.Second {
			t.Errorf("noticed after %v", took)
		}
		time.Sleep(20 * time.Second) // lets the noise end
	})
}
