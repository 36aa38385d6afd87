// Package retry asks again until the answer is yes. All of Ferry's waiting is done
// with it, so that it grows alike everywhere and ends with its context.
package retry

import (
	"context"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// Pauses are what lies between two tries: First, then each twice as long as the one
// before, up to Longest.
type Pauses struct{ First, Longest time.Duration }

// Every is a pause that does not grow.
func Every(d time.Duration) Pauses { return Pauses{First: d, Longest: d} }

// Until calls try until it succeeds, returns an error that Stop has marked, or ctx ends,
// of which the error is the cause. The first try is made at once, whatever ctx says.
func (p Pauses) Until(ctx context.Context, try func() error) error {
	grow := &backoff.ExponentialBackOff{InitialInterval: p.First, Multiplier: 2, MaxInterval: p.Longest}
	_, err := backoff.Retry(ctx, func() (struct{}, error) { return struct{}{}, try() },
		backoff.WithBackOff(grow), backoff.WithMaxElapsedTime(0))
	return err
}

// Stop marks an error after which nothing is tried again. Of nil it is nil.
func Stop(err error) error { return backoff.Permanent(err) }
