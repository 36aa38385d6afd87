package main

import (
	"testing"
	"time"
)

func TestProcessCost(t *testing.T) {
	for name, c := range map[string]struct {
		stat  string
		name  string
		spent time.Duration
	}{
		"ordinary":             {"7 (dockerd) S 1 7 7 0 -1 4194560 1 2 3 4 100 20 3 4 20 0 9 0", "dockerd", 1270 * time.Millisecond},
		"brackets in its name": {"7 (a) b) S 1 7 7 0 -1 4194560 1 2 3 4 1 1 1 1 20", "a) b", 40 * time.Millisecond},
		"gone":                 {"", "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			if got, spent := processCost(c.stat); got != c.name || spent != c.spent {
				t.Errorf("got %q %s, want %q %s", got, spent, c.name, c.spent)
			}
		})
	}
}
