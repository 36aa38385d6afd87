package bundle

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/ferry-project/ferry"
)

// page is how many events are read at once.
const page = 1000

// events are those of the stack, and what its probes were answered last.
func (b *packing) events(ctx context.Context) error {
	w := &waits{last: map[string]ferry.Event{}}
	err := b.file("events.jsonl", func(to io.Writer) error {
		enc := json.NewEncoder(to)
		enc.SetEscapeHTML(false)
		return b.each(ctx, func(e ferry.Event) error {
			w.see(e)
			return enc.Encode(e)
		})
	})
	if err != nil {
		return err
	}
	return b.file("waits.txt", w.print)
}

// each calls do for every event of the stack that is kept.
func (b *packing) each(ctx context.Context, do func(ferry.Event) error) error {
	for after := int64(0); ; {
		events, err := b.Events.Events(ctx, "", after, page)
		if err != nil {
			return err
		}
		for _, e := range events {
			after = e.Seq
			if e.Stack != b.rec.ID {
				continue
			}
			if err := do(e); err != nil {
				return err
			}
		}
		if len(events) < page {
			return nil
		}
	}
}

// waits are the last answers by operation, in the order in which they were first waited for.
type waits struct {
	order []string
	last  map[string]ferry.Event
}

// see: an operation that has ended since was not waited for in vain.
func (w *waits) see(e ferry.Event) {
	switch e.Kind {
	case ferry.OpWaiting, ferry.OpFailed, ferry.OpDone:
	default:
		return
	}
	before, known := w.last[e.Op]
	if !known && e.Kind == ferry.OpDone {
		return // at once
	}
	if !known {
		w.order = append(w.order, e.Op)
	}
	if e.Message == "" {
		e.Message = before.Message
	}
	w.last[e.Op] = e
}

func (w *waits) print(to io.Writer) error {
	if len(w.order) == 0 {
		_, err := io.WriteString(to, "nothing was waited for\n")
		return err
	}
	for _, op := range w.order {
		e := w.last[op]
		state := map[ferry.EventKind]string{ferry.OpWaiting: "waiting", ferry.OpFailed: "failed", ferry.OpDone: "done"}[e.Kind]
		why := e.Message
		if e.Error != nil {
			why = e.Error.Message + " " + e.Error.Output
		}
		if _, err := fmt.Fprintf(to, "%s  %-8s%s: %s\n", e.Time.UTC().Format(time.RFC3339), state, op, why); err != nil {
			return err
		}
	}
	return nil
}
