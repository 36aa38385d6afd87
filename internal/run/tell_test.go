package run

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/ferry-project/ferry/internal/engine"
)

// TestNothingTellsASecret lets every call of the engine fail with a text that holds one.
func TestNothingTellsASecret(t *testing.T) {
	for _, call := range []string{"pull-image", "create-network", "create-volume", "create-node", "fill-node", "start-node", "exec", "dial", "watch", "list-nodes"} {
		t.Run(call, func(t *testing.T) {
			try(t, func(t *testing.T, b *bench) {
				var log bytes.Buffer
				b.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
				cause := errors.New("bad: " + password)
				b.engine.Fail = func(name, _ string) error {
					if name == call {
						return fmt.Errorf("%w, %w", engine.ErrConflict, cause)
					}
					return nil
				}
				_, err := b.walk(t)
				if err == nil {
					t.Fatal("it succeeded")
				}
				told := fmt.Sprintf("%+v", b.events) + log.String() + fmt.Sprintf("%#v", b.graph.Secrets)
				for e := err; e != nil; e = errors.Unwrap(e) {
					told += e.Error()
				}
				for _, e := range b.events {
					if e.Error != nil {
						told += fmt.Sprintf("%+v %v", *e.Error, e.Error.Err)
					}
				}
				if strings.Contains(told, password) {
					t.Errorf("told: %s", told)
				}
			})
		})
	}
}
