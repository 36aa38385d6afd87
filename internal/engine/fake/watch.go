package fake

import (
	"context"
	"maps"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
)

// watchRoom is how many events a watcher may be behind before it is cut off,
// as an engine would do that goes away.
const watchRoom = 4096

// Watch reports the nodes that bear Ferry's label.
func (e *Engine) Watch(ctx context.Context) (<-chan engine.Event, error) {
	events := make(chan engine.Event, watchRoom)
	err := e.do(ctx, Call{Name: "watch"}, func() error {
		e.watchers[events] = struct{}{}
		return nil
	})
	if err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.closeWatch(events)
	})
	return events, nil
}

// publish runs under the lock, so events have the order of what happened.
func (e *Engine) publish(n *node) {
	if _, ours := n.spec.Labels[ferry.LabelFerry]; !ours {
		return
	}
	for w := range e.watchers {
		select {
		case w <- engine.Event{Node: n.spec.Name, Labels: maps.Clone(n.spec.Labels), State: n.state, ExitCode: n.exit}:
		default:
			e.closeWatch(w)
		}
	}
}

func (e *Engine) closeWatches() {
	for w := range e.watchers {
		e.closeWatch(w)
	}
}

func (e *Engine) closeWatch(w chan engine.Event) {
	if _, open := e.watchers[w]; open {
		delete(e.watchers, w)
		close(w)
	}
}
