package docker

import (
	"context"
	"fmt"
	"maps"
	"strconv"
	"time"

	"github.com/moby/moby/api/types/events"
	"github.com/moby/moby/client"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
)

// Watch misses nothing that happens after it has returned. The caller reads
// until the channel is closed, or ends ctx.
func (e *Engine) Watch(ctx context.Context) (<-chan engine.Event, error) {
	labels := map[string]string{}
	if e.home != "" { // one label with a value, no more: Podman is deaf to others, and takes one of several for enough
		labels[ferry.LabelHome] = e.home
	}
	filters := bearing(labels).Add("type", string(events.ContainerEventType)).
		Add("event", string(events.ActionStart), string(events.ActionDie))
	out := make(chan engine.Event)
	err := e.stream(ctx, "watch nodes", func(cli *client.Client) error {
		opts := client.EventsListOptions{Filters: filters}
		if e.local { // Docker answers just before it begins to listen; a remote clock may differ
			opts.Since = nanos(time.Now())
		}
		r := cli.Events(ctx, opts)
		select {
		case err := <-r.Err:
			return err
		default:
			go pump(ctx, r, out)
			return nil
		}
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func nanos(t time.Time) string { return fmt.Sprintf("%d.%09d", t.Unix(), t.Nanosecond()) }

func pump(ctx context.Context, r client.EventsResult, out chan<- engine.Event) {
	defer close(out)
	for {
		select {
		case <-r.Err: //nolint:errcheck // the stream is over either way
			return
		case m := <-r.Messages:
			if _, ours := m.Actor.Attributes[ferry.LabelFerry]; !ours {
				continue
			}
			select {
			case out <- event(m):
			case <-ctx.Done():
			}
		}
	}
}

func event(m events.Message) engine.Event {
	labels := maps.Clone(m.Actor.Attributes)
	ev := engine.Event{Node: labels["name"], Labels: labels, State: engine.Running}
	if m.Action == events.ActionDie {
		ev.State = engine.Exited
		ev.ExitCode, _ = strconv.Atoi(labels["exitCode"])
	}
	for _, k := range []string{"name", "image", "exitCode", "execDuration"} {
		delete(labels, k)
	}
	return ev
}
