package lease

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/state"
)

// memory is a store of leases that outlives servers.
type memory struct {
	mu      sync.Mutex
	leases  map[string]*state.Lease
	full    bool
	unread  int // how often the leases cannot be read
	removed []string
}

func (m *memory) Find(_ context.Context, ref string) (state.Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	l, ok := m.leases[ref]
	if !ok {
		return state.Record{}, ferry.Errorf(ferry.NotFound, "there is no stack %s", ref)
	}
	return state.Record{ID: ref, Lease: l}, nil
}

func (m *memory) Update(ctx context.Context, id string, change func(*state.Record) error) error {
	r, err := m.Find(ctx, id)
	if err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.full {
		return state.ErrNotWritten
	}
	if r.Lease != nil {
		l := *r.Lease
		r.Lease = &l
	}
	if err := change(&r); err != nil {
		return err
	}
	m.leases[id] = r.Lease
	return nil
}

func (m *memory) Leased(context.Context) (all []state.Leased, _ error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.unread > 0 {
		m.unread--
		return nil, errors.New("disk I/O error")
	}
	for id, l := range m.leases {
		if l != nil {
			all = append(all, state.Leased{Stack: id, Lease: *l})
		}
	}
	return all, nil
}

func (m *memory) remove(_ context.Context, ref string, force bool) (ferry.Job, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !force {
		return ferry.Job{}, errors.New("it runs")
	}
	delete(m.leases, ref)
	m.removed = append(m.removed, ref)
	return ferry.Job{}, nil
}

func (m *memory) gone() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.removed)
}

// start is a new stack that waits to be held.
func (m *memory) start(l *Leases, id string, linger time.Duration) {
	m.mu.Lock()
	m.leases[id] = &state.Lease{Until: time.Now().Add(First), Linger: linger}
	m.mu.Unlock()
	l.Wake()
}

// serve is one life of a server on m.
func serve(t *testing.T, m *memory) (l *Leases, kill func()) {
	l = New(m, slog.New(slog.DiscardHandler), time.Now)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := l.Keep(ctx, m.remove); err != nil {
			t.Error(err)
		}
	}()
	kill = sync.OnceFunc(func() { cancel(); <-ended })
	t.Cleanup(kill)
	return l, kill
}

// hold begins to hold, and returns how to let go of it.
func hold(t *testing.T, l *Leases, id string) (letGo func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	held, ended := make(chan struct{}), make(chan error, 1)
	go func() { ended <- l.Hold(ctx, id, func() error { close(held); return nil }) }()
	select {
	case <-held:
	case err := <-ended:
		t.Fatal(err)
	}
	letGo = sync.OnceFunc(func() { cancel(); <-ended })
	t.Cleanup(letGo)
	return letGo
}

// stays demands that nothing is removed for d, and goes that it is gone a moment later.
func (m *memory) stays(t *testing.T, d time.Duration) {
	t.Helper()
	time.Sleep(d)
	synctest.Wait()
	if got := m.gone(); len(got) > 0 {
		t.Fatalf("removed within %s: %v", d, got)
	}
}

func (m *memory) goes(t *testing.T, id string) {
	t.Helper()
	time.Sleep(2 * time.Second)
	synctest.Wait()
	if got := m.gone(); !slices.Equal(got, []string{id}) {
		t.Fatalf("removed %v, want %s", got, id)
	}
}

func TestStackGoesWhenNobodyHoldsIt(t *testing.T) {
	for name, c := range map[string]struct {
		linger time.Duration
		life   func(t *testing.T, m *memory, l *Leases)
		after  time.Duration
	}{
		"it was never held":  {0, func(*testing.T, *memory, *Leases) {}, First},
		"its holder is lost": {0, func(t *testing.T, m *memory, l *Leases) { g := hold(t, l, "sa-1"); m.stays(t, time.Hour); g() }, lost},
		"it lingers":         {time.Hour, func(t *testing.T, m *memory, l *Leases) { hold(t, l, "sa-1")() }, time.Hour},
		"one of two holders is there": {0, func(t *testing.T, m *memory, l *Leases) {
			a := hold(t, l, "sa-1")
			hold(t, l, "sa-1")()
			m.stays(t, time.Hour)
			a()
		}, lost},
		"it is held again": {0, func(t *testing.T, m *memory, l *Leases) {
			hold(t, l, "sa-1")()
			a := hold(t, l, "sa-1")
			m.stays(t, time.Hour)
			a()
		}, lost},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := &memory{leases: map[string]*state.Lease{}}
				l, kill := serve(t, m)
				defer kill()
				m.start(l, "sa-1", c.linger)
				c.life(t, m, l)
				m.stays(t, c.after-time.Second)
				m.goes(t, "sa-1")
			})
		})
	}
}

// The next server lets those who held something have time to find it, whether the one before
// was asked to end, which its holders saw, or was killed.
func TestNextServerHonoursLeases(t *testing.T) {
	for name, end := range map[string]func(kill, letGo func()){
		"asked to end": func(kill, letGo func()) { letGo(); kill() },
		"killed":       func(kill, letGo func()) { kill() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := &memory{leases: map[string]*state.Lease{}}
				l, kill := serve(t, m)
				m.start(l, "sa-1", 0)
				m.start(l, "sa-2", 0)
				one, two := hold(t, l, "sa-1"), hold(t, l, "sa-2")
				end(kill, func() { one(); two() })
				time.Sleep(time.Hour) // nobody is there to remove anything
				l, kill = serve(t, m)
				defer kill()
				m.stays(t, First-time.Second)
				letGo := hold(t, l, "sa-2")
				m.goes(t, "sa-1")
				time.Sleep(time.Hour)
				if got := m.gone(); len(got) != 1 {
					t.Errorf("removed %v, of which one is held", got)
				}
				letGo()
			})
		})
	}
}

func TestReleasedStackStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{leases: map[string]*state.Lease{}}
		l, kill := serve(t, m)
		defer kill()
		m.start(l, "sa-1", 0)
		letGo := hold(t, l, "sa-1")
		if err := l.Release(context.Background(), "sa-1"); err != nil {
			t.Fatal(err)
		}
		letGo()
		m.stays(t, 24*time.Hour)
		err := l.Hold(context.Background(), "sa-1", func() error { return nil })
		if ferry.CodeOf(err) != ferry.Conflict {
			t.Errorf("it can be held: %v", err)
		}
	})
}

// What is being removed cannot be held, or kept, any more.
func TestLeaseThatIsOver(t *testing.T) {
	m := &memory{leases: map[string]*state.Lease{"sa-1": {Over: true}}}
	l := New(m, slog.New(slog.DiscardHandler), time.Now)
	for what, err := range map[string]error{
		"hold":    l.Hold(t.Context(), "sa-1", func() error { return nil }),
		"release": l.Release(t.Context(), "sa-1"),
	} {
		if ferry.CodeOf(err) != ferry.Conflict {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := l.Hold(t.Context(), "sa-2", func() error { return nil }); ferry.CodeOf(err) != ferry.NotFound {
		t.Errorf("what is not there: %v", err)
	}
}

// A server that cannot read its leases for a while honours them afterwards.
func TestLeasesThatCannotBeRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{leases: map[string]*state.Lease{"sa-1": {}}, unread: 2}
		_, kill := serve(t, m)
		defer kill()
		m.stays(t, 2*again+First-time.Second)
		time.Sleep(time.Minute)
		m.goes(t, "sa-1")
	})
}

// A full disk keeps nobody from holding a stack; when it takes records again, one that
// nobody holds goes.
func TestHeldOnAFullDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{leases: map[string]*state.Lease{}}
		l, kill := serve(t, m)
		defer kill()
		m.start(l, "sa-1", 0)
		m.fullDisk(true)
		letGo := hold(t, l, "sa-1")
		m.stays(t, time.Hour)
		letGo()
		m.stays(t, time.Minute)
		m.fullDisk(false)
		time.Sleep(again)
		m.goes(t, "sa-1")
	})
}

func (m *memory) fullDisk(full bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.full = full
}
