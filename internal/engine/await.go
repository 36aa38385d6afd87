package engine

import (
	"context"
	"time"

	"github.com/ferry-project/ferry/internal/retry"
)

// Await waits until an engine answers.
func Await(ctx context.Context, e Engine) error {
	pauses := retry.Pauses{First: 200 * time.Millisecond, Longest: 5 * time.Second}
	return pauses.Until(ctx, func() error {
		_, err := e.Info(ctx)
		return err
	})
}
