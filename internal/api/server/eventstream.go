package server

import (
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2/sse"

	"github.com/ferry-project/ferry"
)

// eventStream is one reader's event stream: huma's sender and the heartbeat, one
// at a time.
type eventStream struct {
	w    http.ResponseWriter
	ctl  *http.ResponseController
	send sse.Sender

	mu    sync.Mutex
	begun bool // something was written; read without mu once the heartbeat has stopped
}

func newEventStream(w http.ResponseWriter, send sse.Sender) *eventStream {
	return &eventStream{w: w, ctl: http.NewResponseController(w), send: send}
}

// event sends one event; an error means that the reader is gone.
func (s *eventStream) event(e ferry.Event) error {
	return s.message(sse.Message{ID: int(e.Seq), Data: e})
}

// last sends how the stream ended.
func (s *eventStream) last(v any) error { return s.message(sse.Message{Data: v}) }

func (s *eventStream) message(m sse.Message) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.prepare()
	return s.send(m)
}

// prepare sets the headers that go before the first byte.
func (s *eventStream) prepare() {
	if !s.begun {
		s.begun = true
		s.w.Header().Set("Cache-Control", "no-store")
		s.w.Header().Set("X-Accel-Buffering", "no")
	}
}

// beat sends a comment soon and then every period, until stop is called. stop
// waits for it.
func (s *eventStream) beat(period time.Duration) (stop func()) {
	quit := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		t := time.NewTimer(min(greeting, period))
		defer t.Stop()
		for {
			select {
			case <-quit:
				return
			case <-t.C:
				if s.comment() != nil {
					return // the request's context ends with the connection
				}
				t.Reset(period)
			}
		}
	})
	return func() { close(quit); wg.Wait() }
}

func (s *eventStream) comment() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.prepare()
	// The deadline of the last event has passed long ago; every write needs its own.
	_ = s.ctl.SetWriteDeadline(time.Now().Add(sse.WriteTimeout))
	if _, err := io.WriteString(s.w, ": still here\n\n"); err != nil {
		return err
	}
	return s.ctl.Flush()
}
