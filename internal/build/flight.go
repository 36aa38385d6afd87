package build

import (
	"context"
	"slices"
	"sync"
)

// work is done once for many; it reports what it does line by line.
type work func(ctx context.Context, tell func(line string)) error

// flights let many ask for one piece of work. It goes on as long as one of
// them waits; when the last one leaves it is cancelled.
type flights struct {
	mu     sync.Mutex
	flying map[string]*flight
}

type flight struct {
	cancel  context.CancelFunc
	done    chan struct{}
	err     error     // set before done is closed
	waiters []*waiter // in the order they came
	left    bool      // the last waiter has gone: it only ends
	latest  string    // its last line, for those who come later
}

// waiter takes lines in its own goroutine: one that is slow, or stuck, holds
// up nobody else.
type waiter struct {
	audience any           // nil: of its own
	more     chan struct{} // has room for one: there are lines
	lines    []string
}

type audienceKey struct{}

// OneAudience makes one audience of all who ask with ctx: what several of them wait
// for is reported once, to the first, instead of to each.
func OneAudience(ctx context.Context) context.Context {
	return context.WithValue(ctx, audienceKey{}, new(int))
}

// do has work done under a key, unless it is under way, and waits for it. Its
// lines go to every audience that waits; none comes after do is back.
func (fs *flights) do(ctx context.Context, key string, progress func(string), w work) error {
	for {
		f, me, ending := fs.join(ctx, key, w)
		if ending == nil {
			return fs.wait(ctx, f, me, progress)
		}
		select {
		case <-ending:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// join enters a flight, starting it if there is none. A flight that is
// being cancelled cannot be joined; join returns its done channel instead.
func (fs *flights) join(ctx context.Context, key string, w work) (*flight, *waiter, <-chan struct{}) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	f := fs.flying[key]
	if f != nil && f.left {
		return nil, nil, f.done
	}
	if f == nil {
		f = fs.start(ctx, key, w)
	}
	me := &waiter{audience: ctx.Value(audienceKey{}), more: make(chan struct{}, 1)}
	told := among(f.waiters, me.audience)
	f.waiters = append(f.waiters, me)
	if f.latest != "" && !told {
		me.add(f.latest)
	}
	return f, me, nil
}

func (fs *flights) start(ctx context.Context, key string, w work) *flight {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	f := &flight{cancel: cancel, done: make(chan struct{})}
	if fs.flying == nil {
		fs.flying = map[string]*flight{}
	}
	fs.flying[key] = f
	go func() {
		defer cancel()
		err := w(ctx, func(line string) { fs.tell(f, line) })
		fs.mu.Lock()
		defer fs.mu.Unlock()
		delete(fs.flying, key)
		f.err = err
		close(f.done)
	}()
	return f
}

func (fs *flights) tell(f *flight, line string) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	f.latest = line
	for i, w := range f.waiters {
		if !among(f.waiters[:i], w.audience) {
			w.add(line)
		}
	}
}

// among reports whether somebody of an audience is among the waiters.
func among(waiters []*waiter, audience any) bool {
	return audience != nil && slices.ContainsFunc(waiters, func(w *waiter) bool { return w.audience == audience })
}

func (w *waiter) add(line string) {
	w.lines = append(w.lines, line)
	select {
	case w.more <- struct{}{}:
	default:
	}
}

func (fs *flights) wait(ctx context.Context, f *flight, me *waiter, progress func(string)) error {
	for {
		select {
		case <-ctx.Done():
			if fs.leave(f, me) {
				<-f.done // nothing of it is at work when its last caller is back
			}
			return ctx.Err()
		case <-me.more:
			fs.hear(me, progress)
		case <-f.done:
			fs.hear(me, progress)
			return f.err
		}
	}
}

func (fs *flights) hear(me *waiter, progress func(string)) {
	fs.mu.Lock()
	lines := me.lines
	me.lines = nil
	fs.mu.Unlock()
	for _, line := range lines {
		progress(line)
	}
}

// leave reports whether it was the last one, and the work only ends.
func (fs *flights) leave(f *flight, me *waiter) bool {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	f.waiters = slices.DeleteFunc(f.waiters, func(w *waiter) bool { return w == me })
	if len(f.waiters) > 0 {
		return false
	}
	f.left = true
	f.cancel()
	return true
}
