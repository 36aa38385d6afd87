package web

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
)

// changed is what a page is told of an event: that there is something to look at.
type changed struct {
	Kind  ferry.EventKind `json:"kind"`
	Stack string          `json:"stack,omitempty"`
	Job   string          `json:"job,omitempty"`
}

// matters reports whether an event changes the page that is about something.
func matters(e ferry.Event, about string) bool {
	if about == aboutStacks {
		return slices.Contains([]ferry.EventKind{ferry.JobStarted, ferry.JobEnded, ferry.NodeDied}, e.Kind)
	}
	return e.Stack == about || e.Job == about
}

// events tells a page when to look again, from the last event that its browser has seen.
func (s *Site) events(w http.ResponseWriter, r *http.Request) {
	after, err := strconv.ParseInt(r.Header.Get("Last-Event-ID"), 10, 64)
	if err != nil {
		after = math.MaxInt64 // only what comes
	}
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no")
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	to := &stream{w: w, ctl: http.NewResponseController(w), gone: cancel}
	to.write(": here\n\n")
	var beating sync.WaitGroup
	defer beating.Wait()
	defer cancel()
	beating.Go(func() { to.beat(ctx, s.heartbeat) })
	about := r.URL.Query().Get("about")
	_ = s.ferry.Follow(ctx, "", after, func(e ferry.Event) error { // the browser comes back by itself
		if matters(e, about) {
			to.change(e)
		}
		return ctx.Err()
	})
}

// stream is what a browser reads, written to by the events and the heartbeat.
type stream struct {
	mu   sync.Mutex
	w    io.Writer
	ctl  *http.ResponseController
	gone func()
}

func (s *stream) change(e ferry.Event) {
	b, err := json.Marshal(changed{e.Kind, e.Stack, e.Job})
	if err != nil {
		return // it has no part that cannot be encoded
	}
	s.write(fmt.Sprintf("id: %d\ndata: %s\n\n", e.Seq, b))
}

func (s *stream) beat(ctx context.Context, period time.Duration) {
	t := time.NewTicker(period)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			s.write(": here\n\n")
		}
	}
}

// write ends the stream when its reader has left.
func (s *stream) write(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := io.WriteString(s.w, text)
	if err == nil {
		err = s.ctl.Flush()
	}
	if err != nil {
		s.gone()
	}
}

// followLogs sends lines as they come, each behind a word for how bad it is, until the
// browser leaves.
func (s *Site) followLogs(w http.ResponseWriter, r *http.Request) {
	want, err := wantedOf(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusUnprocessableEntity)
		return
	}
	l := api.LogsRequest{Follow: true, Since: s.now()}
	if ms, err := strconv.ParseInt(r.URL.Query().Get("since"), 10, 64); err == nil {
		l.Since = time.UnixMilli(ms)
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	to := &stream{w: w, ctl: http.NewResponseController(w), gone: cancel}
	to.write("\n") // the answer begins, though no line may come for long
	var all sync.WaitGroup
	for _, node := range nodesOf(want) {
		all.Go(func() {
			one := want
			one.Nodes = node
			_ = s.read(ctx, r.PathValue("ref"), one, l, func(level, line string) error {
				to.write(level + "\t" + prefix(want, node) + strings.ReplaceAll(line, "\n", " ") + "\n")
				return ctx.Err()
			})
		})
	}
	all.Wait()
}

// nodesOf are those to be followed, each by itself; nil is the whole stack.
func nodesOf(w wanted) [][]string {
	if len(w.Nodes) == 0 {
		return [][]string{nil}
	}
	var out [][]string
	for _, n := range w.Nodes {
		out = append(out, []string{n})
	}
	return out
}

func prefix(w wanted, node []string) string {
	if len(w.Nodes) > 1 {
		return node[0] + " | "
	}
	return ""
}
