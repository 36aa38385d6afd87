package run

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/retry"
)

// deaths knows which nodes have ended, from one watch that all waits of a walk share.
type deaths struct {
	mu    sync.Mutex
	dead  map[string]engine.Event
	ears  map[string][]*ear
	clock int            // counts forgotten deaths
	since map[string]int // container → clock when it was last forgotten
}

// ear hears of the end of one container.
type ear struct{ hear func(engine.Event) }

func newDeaths() *deaths {
	return &deaths{dead: map[string]engine.Event{}, ears: map[string][]*ear{}, since: map[string]int{}}
}

// on calls hear once for each end of the container from now on, and at once when
// it has ended already. hear must not block. After off it is not called any more.
func (d *deaths) on(container string, hear func(engine.Event)) (off func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	e := &ear{hear: hear}
	d.ears[container] = append(d.ears[container], e)
	if event, dead := d.dead[container]; dead {
		hear(event)
	}
	return func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.ears[container] = slices.DeleteFunc(d.ears[container], func(o *ear) bool { return o == e })
	}
}

// forget is called before a container is started: its earlier end counts no more.
func (d *deaths) forget(container string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.dead, container)
	d.clock++
	d.since[container] = d.clock
}

// note takes an event of the engine.
func (d *deaths) note(e engine.Event) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.set(e)
}

func (d *deaths) set(e engine.Event) {
	_, known := d.dead[e.Node]
	switch e.State {
	case engine.Running:
		delete(d.dead, e.Node)
	case engine.Exited:
		d.dead[e.Node] = e
		for _, ear := range d.ears[e.Node] {
			if !known {
				ear.hear(e)
			}
		}
	}
}

// now is a moment to pass to seen.
func (d *deaths) now() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.clock
}

// seen takes a listing that was asked for at the given moment; what it says of
// containers that were started since is out of date.
func (d *deaths) seen(nodes []engine.Node, asked int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, n := range nodes {
		if d.since[n.Name] <= asked {
			d.set(engine.Event{Node: n.Name, State: n.State, ExitCode: n.ExitCode})
		}
	}
}

// watch follows the nodes of the stack, on every host on which something is waited for,
// until ctx ends; over is closed then. A graph without waits needs no watch.
func (k *walk) watch(ctx context.Context) (over <-chan struct{}, err error) {
	var watches sync.WaitGroup
	closed := make(chan struct{})
	for _, host := range k.graph.hostsOf(func(op ferry.Op) bool { return op.Do == ferry.RunTask || op.Do == ferry.AwaitProbe }) {
		l := listener{k, k.host(host).Engine}
		events, stop, err := l.listen(ctx)
		if err != nil {
			return nil, err // the others end with ctx
		}
		watches.Go(func() { l.follow(ctx, events, stop) })
	}
	go func() {
		defer close(closed)
		watches.Wait()
	}()
	return closed, nil
}

// listener listens to one engine.
type listener struct {
	*walk
	engine engine.Engine
}

// follow notes what happens until ctx ends.
func (k listener) follow(ctx context.Context, events <-chan engine.Event, stop func()) {
	for events != nil {
		for e := range events {
			k.deaths.note(e)
		}
		stop()
		events, stop = k.listenAgain(ctx)
	}
}

// listen begins a watch and learns what happened before it; stop ends it.
func (k listener) listen(ctx context.Context) (events <-chan engine.Event, stop func(), err error) {
	asked := k.deaths.now()
	ctx, stop = context.WithCancel(ctx)
	events, err = k.engine.Watch(ctx)
	if err != nil {
		stop()
		return nil, nil, err
	}
	nodes, err := k.engine.ListNodes(ctx, map[string]string{ferry.LabelStack: k.graph.Plan.Stack})
	if err != nil {
		stop()
		return nil, nil, err
	}
	k.deaths.seen(nodes, asked)
	return events, stop, nil
}

// listenAgain tries until the engine is back; it returns nil when ctx has ended.
func (k listener) listenAgain(ctx context.Context) (events <-chan engine.Event, stop func()) {
	why := errors.New("it broke off")
	paused := false // before the first try too: a watch that ends at once must not spin
	pauses := retry.Pauses{First: 100 * time.Millisecond, Longest: 5 * time.Second}
	_ = pauses.Until(ctx, func() error {
		if paused {
			events, stop, why = k.listen(ctx)
		}
		if paused && why != nil && ctx.Err() == nil {
			k.Log.WarnContext(ctx, "watch of the nodes broke off", "stack", k.graph.Plan.Stack, "err", k.graph.Secrets.Redact(why.Error()))
		}
		paused = true
		return why
	})
	return events, stop
}
