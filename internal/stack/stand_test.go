package stack

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
)

// A stack that begins with a snapshot shares its data where the engine's machine lets it,
// unless copying is asked for; either way it has it, and says what it needs.
func TestSharedOrCopied(t *testing.T) {
	cannot := func(name, _ string) error {
		if name == "create-layers" {
			return fmt.Errorf("%w: no overlay here", errors.ErrUnsupported)
		}
		return nil
	}
	for name, c := range map[string]struct {
		copied bool
		fail   func(name, target string) error
		shares bool
	}{
		"shared": {shares: true}, "copied": {copied: true}, "a machine that cannot": {fail: cannot},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			s := w.boot()
			_, snapshot := w.saved(s)
			w.engine.Fail = c.fail
			r := request(snapshot)
			r.Copy = c.copied
			branch := s.done(s.Start(ctx, r)).Stack
			if got := w.reads(branch); got != "one" {
				t.Errorf("it holds %q", got)
			}
			over, err := w.engine.ListVolumes(ctx, map[string]string{ferry.LabelStack: branch, ferry.LabelOver: ""})
			if err != nil || len(over) > 0 != c.shares {
				t.Errorf("volumes that stand on others: %v, %v", over, err)
			}
			if err := s.RemoveSnapshot(ctx, snapshot); ferry.CodeOf(err) != ferry.Conflict || !strings.Contains(err.Error(), branch) {
				t.Errorf("a snapshot that %s needs was removed: %v", branch, err)
			}
			s.write(w, branch, "three")
			j, err := s.Snapshot(ctx, branch, api.SnapshotRequest{})
			second := j.Snapshot
			s.done(j, err)
			s.done(s.Remove(ctx, branch, true))
			if err := s.RemoveSnapshot(ctx, snapshot); err != nil {
				t.Error(err)
			}
			if got := w.reads(s.done(s.Start(ctx, request(second))).Stack); got != "three" {
				t.Errorf("a snapshot of it holds %q", got)
			}
		})
	}
}
