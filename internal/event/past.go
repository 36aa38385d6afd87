package event

import (
	"context"
	"errors"

	"github.com/ferry-project/ferry"
)

// Past returns the events of a job that there are by now. A job that nobody knows has none.
func (b *Broker) Past(ctx context.Context, job string) ([]ferry.Event, error) {
	var all []ferry.Event
	f := &follower{broker: b, job: job, do: func(e ferry.Event) error { all = append(all, e); return nil }}
	for {
		var err error
		switch v := b.look(f.at); {
		case v.behind:
			err = f.readStore(ctx, v.base)
		case len(v.fresh) > 0:
			err = f.give(v.fresh)
		default:
			return all, nil
		}
		if errors.Is(err, errOver) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
	}
}
