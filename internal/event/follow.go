package event

import (
	"context"
	"errors"
	"time"

	"github.com/ferry-project/ferry"
)

const (
	page    = 500                    // events read from the store at once
	recheck = 5 * time.Second        // how often a quiet job is looked after
	grace   = 500 * time.Millisecond // between the end of a job and its JobEnded
)

// errOver ends a follower whose job is over.
var errOver = errors.New("over")

// follower is a position in the stream.
type follower struct {
	broker *Broker
	job    string
	at     int64 // everything up to here was seen
	do     func(ferry.Event) error
	askAt  time.Time // when to look after the job
	ended  bool      // who knows of jobs says so
}

// Follow calls do, in order and one at a time, for every event numbered above
// after: those the store has and then those that come, without a gap or a
// repetition, however slow do is. With a job it returns that job's events and ends
// with nil after JobEnded; for a job that ended without one (its server was
// killed) a JobEnded is made from the job's record. An unknown job is
// ferry.NotFound. With job "" it goes on until ctx ends. An error of do ends it
// and is returned; the end of the broker is ferry.Unavailable.
func (b *Broker) Follow(ctx context.Context, job string, after int64, do func(ferry.Event) error) error {
	// A position beyond the end comes from a store that is no more.
	f := &follower{broker: b, job: job, at: min(max(after, 0), b.newest()), do: do}
	err := f.begin(ctx)
	for err == nil {
		err = f.step(ctx)
	}
	if errors.Is(err, errOver) {
		return nil
	}
	return err
}

// begin ends at once when after is the job's last event: a client came back that
// had seen everything.
func (f *follower) begin(ctx context.Context) error {
	if f.job == "" || f.at == 0 {
		return nil
	}
	seen, err := f.broker.store.Events(ctx, f.job, f.at-1, 1)
	if err == nil && len(seen) == 1 && seen[0].Seq == f.at && seen[0].Kind == ferry.JobEnded {
		return errOver
	}
	return err
}

func (f *follower) step(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	v := f.broker.look(f.at)
	switch {
	case v.behind:
		return f.readStore(ctx, v.base)
	case len(v.fresh) > 0:
		return f.give(v.fresh)
	case v.over:
		return ferry.Errorf(ferry.Unavailable, "the server is ending").WithHint("ask again when it is back")
	}
	return f.wait(ctx, v.news)
}

// readStore returns one page. When that was the last one, everything up to base is
// seen, whoever's events they were.
func (f *follower) readStore(ctx context.Context, base int64) error {
	events, err := f.broker.store.Events(ctx, f.job, f.at, page)
	if err != nil {
		return err
	}
	if err := f.give(events); err != nil {
		return err
	}
	if len(events) < page {
		f.at = max(f.at, base)
	}
	return nil
}

func (f *follower) give(events []ferry.Event) error {
	for _, e := range events {
		f.at = e.Seq
		if f.job != "" && e.Job != f.job {
			continue
		}
		if err := f.do(e); err != nil {
			return err
		}
		if f.job != "" && e.Kind == ferry.JobEnded {
			return errOver
		}
	}
	return nil
}

func (f *follower) wait(ctx context.Context, news <-chan struct{}) error {
	if f.job == "" {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-news:
			return nil
		}
	}
	timer := time.NewTimer(time.Until(f.askAt))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-news:
		return nil
	case <-timer.C:
		return f.ask(ctx)
	}
}

// ask looks after a job whose stream is quiet. One that is over gets a moment
// for its JobEnded to come by; then it is made up.
func (f *follower) ask(ctx context.Context) error {
	j, err := f.broker.job(ctx, f.job)
	switch {
	case err != nil:
		return err
	case !j.State.Over():
		f.askAt = time.Now().Add(recheck)
		return nil
	case !f.ended:
		f.ended = true
		f.askAt = time.Now().Add(grace)
		return nil
	}
	return f.give([]ferry.Event{{
		Seq: f.at, Time: j.End, Kind: ferry.JobEnded, Stack: j.Stack, Job: j.ID, State: j.State, Error: j.Error,
		Took: j.End.Sub(j.Start),
	}})
}
