package event_test

import (
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/event"
	"github.com/ferry-project/ferry/internal/state"
)

var _ event.Sink = (*state.Store)(nil)

// With the real store, and over two lives of the server.
func TestStreamGoesOnInTheNextLife(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ferry.db")
	const each = 300
	for life := range int64(2) {
		s, err := state.Open(path, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		job := []string{"jo-1", "jo-2"}[life]
		if err := s.BeginJob(t.Context(), ferry.Job{ID: job, Kind: ferry.BuildJob}); err != nil {
			t.Fatal(err)
		}
		b := broker(t, s)
		var reading sync.WaitGroup
		for range 5 {
			reading.Go(func() { inOrder(t, follow(t, b, job, 0), 1+life*(each+1), (life+1)*(each+1)) })
		}
		publish(b, each, note(job))
		b.Publish(end(job))
		reading.Wait()
		inOrder(t, follow(t, b, "jo-1", 0), 1, each+1)
		b.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}
