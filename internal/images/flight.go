package images

import (
	"context"
	"sync"
)

// flights let many ask for one piece of work that is done once. It goes on as
// long as one of them waits; when the last one leaves it is cancelled.
type flights struct {
	mu     sync.Mutex
	flying map[string]*flight
}

type flight struct {
	cancel  context.CancelFunc
	done    chan struct{}
	err     error // once done is closed
	waiters map[*waiter]struct{}
	left    bool // the last waiter has gone: it only ends

	telling sync.Mutex // held while waiters are told, so that none is after it has gone
}

type waiter struct{ progress func(line string) }

// do has work done under a key, unless it is under way, and waits for it. Its
// lines go to everybody who waits; none comes after do is back.
func (fs *flights) do(ctx context.Context, key string, progress func(string), work func(context.Context, func(string)) error) error {
	for {
		f, w, dying := fs.join(ctx, key, progress, work)
		if dying == nil {
			return fs.wait(ctx, f, w)
		}
		select {
		case <-dying:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// join enters a flight, starting it if there is none. One that is about to end
// because nobody wanted it cannot be entered: its end is given instead.
func (fs *flights) join(ctx context.Context, key string, progress func(string), work func(context.Context, func(string)) error) (*flight, *waiter, <-chan struct{}) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	f := fs.flying[key]
	if f != nil && f.left {
		return nil, nil, f.done
	}
	w := &waiter{progress}
	if f != nil {
		f.waiters[w] = struct{}{}
		return f, w, nil
	}
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	f = &flight{cancel: cancel, done: make(chan struct{}), waiters: map[*waiter]struct{}{w: {}}}
	if fs.flying == nil {
		fs.flying = map[string]*flight{}
	}
	fs.flying[key] = f
	go fs.fly(run, key, f, work)
	return f, w, nil
}

func (fs *flights) fly(ctx context.Context, key string, f *flight, work func(context.Context, func(string)) error) {
	defer f.cancel()
	err := work(ctx, func(line string) { fs.tell(f, line) })
	fs.mu.Lock()
	defer fs.mu.Unlock()
	delete(fs.flying, key)
	f.err = err
	close(f.done)
}

func (fs *flights) tell(f *flight, line string) {
	f.telling.Lock()
	defer f.telling.Unlock()
	for _, w := range fs.waiting(f) {
		w.progress(line)
	}
}

func (fs *flights) waiting(f *flight) []*waiter {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	all := make([]*waiter, 0, len(f.waiters))
	for w := range f.waiters {
		all = append(all, w)
	}
	return all
}

func (fs *flights) wait(ctx context.Context, f *flight, w *waiter) error {
	select {
	case <-f.done:
		return f.err
	case <-ctx.Done():
	}
	f.telling.Lock() // a line that is being told is told to its end
	defer f.telling.Unlock()
	fs.mu.Lock()
	defer fs.mu.Unlock()
	delete(f.waiters, w)
	if len(f.waiters) == 0 {
		f.left = true
		f.cancel()
	}
	return ctx.Err()
}
