package client_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api/apitest"
	"github.com/ferry-project/ferry/internal/api/client"
)

// journal is a log of events that outlives servers, as the real one does.
type journal struct {
	mu     sync.Mutex
	events []ferry.Event
	over   bool
	more   chan struct{} // closed and replaced on every change
}

func newJournal() *journal { return &journal{more: make(chan struct{})} }

func (j *journal) add(n int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for range n {
		seq := int64(len(j.events) + 1)
		j.events = append(j.events, ferry.Event{
			Seq: seq, Time: moment, Kind: ferry.OpDone, Job: "jo-1", Op: fmt.Sprint("op ", seq), Message: "a\nb\r\n: ü", Took: time.Second,
		})
	}
	close(j.more)
	j.more = make(chan struct{})
}

func (j *journal) end() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.over = true
	close(j.more)
	j.more = make(chan struct{})
}

func (j *journal) last() int64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return int64(len(j.events))
}

func (j *journal) from(after int64) ([]ferry.Event, bool, chan struct{}) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.events[min(after, int64(len(j.events))):], j.over, j.more
}

func (j *journal) follow(ctx context.Context, _ string, after int64, do func(ferry.Event) error) error {
	for {
		events, over, more := j.from(after)
		for _, e := range events {
			if err := do(e); err != nil {
				return err
			}
			after = e.Seq
		}
		if over {
			return nil
		}
		select {
		case <-more:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func TestFollow(t *testing.T) {
	for _, c := range []struct {
		job   string
		after int64
		want  int
	}{{"jo-1", 0, 5}, {"jo-1", 3, 2}, {"", 0, 5}, {"jo-1", 5, 0}} {
		t.Run(fmt.Sprintf("%q after %d", c.job, c.after), func(t *testing.T) {
			j := newJournal()
			j.add(5)
			j.end()
			f := &apitest.Ferry{FollowFunc: func(ctx context.Context, job string, after int64, do func(ferry.Event) error) error {
				if job != c.job || after != c.after {
					t.Errorf("asked %q after %d", job, after)
				}
				return j.follow(ctx, job, after, do)
			}}
			var got []ferry.Event
			err := dial(t, f).Follow(within(t), c.job, c.after, func(e ferry.Event) error { got = append(got, e); return nil })
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(append([]ferry.Event(nil), j.events[5-c.want:]...), got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

func TestFollowEndsInError(t *testing.T) {
	own := errors.New("enough")
	one := func(ctx context.Context, _ string, _ int64, do func(ferry.Event) error) error {
		return errors.Join(do(ferry.Event{Seq: 1}), ferry.Errorf(ferry.Conflict, "late trouble").WithHint("wait"))
	}
	c := dial(t, &apitest.Ferry{FollowFunc: one})
	if err := c.Follow(within(t), "jo-1", 0, func(ferry.Event) error { return own }); !errors.Is(err, own) {
		t.Errorf("do's error: %v", err)
	}
	err := c.Follow(within(t), "jo-1", 0, func(ferry.Event) error { return nil })
	if e := asError(t, err); e.Code != ferry.Conflict || e.Message != "late trouble" || e.Hint != "wait" {
		t.Errorf("the server's error: %+v", e)
	}
}

func TestFollowIsGivenUp(t *testing.T) {
	gone := make(chan struct{})
	c := dial(t, &apitest.Ferry{FollowFunc: func(ctx context.Context, _ string, _ int64, _ func(ferry.Event) error) error {
		<-ctx.Done()
		close(gone)
		return ctx.Err()
	}})
	ctx, cancel := context.WithCancel(within(t))
	time.AfterFunc(50*time.Millisecond, cancel) // with the stream open and nothing but heartbeats on it
	err := c.Follow(ctx, "", 0, nil)
	if e := asError(t, err); e.Code != ferry.Interrupted {
		t.Errorf("got %+v", e)
	}
	wait(t, gone, "the server to notice")
}

func TestFollowOutlivesServers(t *testing.T) {
	j := newJournal()
	path := socket(t)
	f := &apitest.Ferry{FollowFunc: j.follow}
	stop := running(t, f, path)
	redials := 0
	c := open(t, client.Options{Socket: path, Redial: func(context.Context) error {
		redials++
		stop = running(t, f, path)
		j.add(3) // happened while nobody looked
		if redials == 4 {
			j.end()
		}
		return nil
	}})
	j.add(10)
	var seen []int64
	err := c.Follow(within(t), "jo-1", 0, func(e ferry.Event) error {
		seen = append(seen, e.Seq)
		if redials < 4 && (e.Seq == 5 || e.Seq == j.last()) {
			stop() // whatever is on its way may still arrive, or not
		}
		return nil
	})
	stop()
	if err != nil {
		t.Fatal(err)
	}
	if redials != 4 || len(seen) != 10+4*3 {
		t.Errorf("%d redials, %d events", redials, len(seen))
	}
	for i, seq := range seen {
		if seq != int64(i+1) {
			t.Fatalf("a gap or a repetition: %v", seen)
		}
	}
}

func TestFollowPassesOnNoEventTwice(t *testing.T) {
	f := &apitest.Ferry{FollowFunc: func(_ context.Context, _ string, _ int64, do func(ferry.Event) error) error {
		return errors.Join(do(ferry.Event{Seq: 2}), do(ferry.Event{Seq: 3}), do(ferry.Event{Seq: 3}), do(ferry.Event{Seq: 4}))
	}}
	var seen []int64
	err := dial(t, f).Follow(within(t), "jo-1", 2, func(e ferry.Event) error { seen = append(seen, e.Seq); return nil })
	if d := cmp.Diff([]int64{3, 4}, seen); err != nil || d != "" {
		t.Errorf("error %v (-want +got):\n%s", err, d)
	}
}

func TestFollowWithoutRedial(t *testing.T) {
	j := newJournal()
	j.add(1)
	path := socket(t)
	f := &apitest.Ferry{FollowFunc: j.follow}
	stop := running(t, f, path)
	c := open(t, clientOf(path))
	back := make(chan struct{})
	err := c.Follow(within(t), "jo-1", 0, func(e ferry.Event) error {
		if e.Seq > 1 {
			return nil
		}
		stop()
		go func() { // somebody else brings it back
			defer close(back)
			stop = running(t, f, path)
			j.add(1)
			j.end()
		}()
		return nil
	})
	<-back
	stop()
	if err != nil {
		t.Error(err)
	}
}

func TestFollowGivesUpOnAServerThatDoesNotComeBack(t *testing.T) {
	path := socket(t)
	f := &apitest.Ferry{FollowFunc: newJournal().follow}
	own := errors.New("no server to be had")
	stop := running(t, f, path)
	c := open(t, client.Options{Socket: path, Redial: func(context.Context) error { return own }})
	time.AfterFunc(50*time.Millisecond, stop)
	if err := c.Follow(within(t), "", 0, nil); !errors.Is(err, own) {
		t.Errorf("got %v", err)
	}
	c = open(t, client.Options{Socket: path, Redial: func(context.Context) error { return nil }})
	if e := asError(t, c.Follow(within(t), "", 0, nil)); e.Code != ferry.Unavailable {
		t.Errorf("got %+v", e)
	}
}

func TestFollowDoesNotCallUpAServerThatSaysItIsUnavailable(t *testing.T) {
	path := socket(t)
	f := &apitest.Ferry{FollowFunc: func(context.Context, string, int64, func(ferry.Event) error) error {
		return ferry.Errorf(ferry.Unavailable, "no engine")
	}}
	stop := running(t, f, path)
	t.Cleanup(stop)
	c := open(t, client.Options{Socket: path, Redial: func(context.Context) error { t.Error("redialled"); return nil }})
	if e := asError(t, c.Follow(within(t), "", 0, nil)); e.Message != "no engine" {
		t.Errorf("got %+v", e)
	}
}
