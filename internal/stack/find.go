package stack

import (
	"context"
	"strings"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/state"
)

// free finds a stack that no job works on.
func (m *Manager) free(ctx context.Context, ref string) (state.Record, error) {
	rec, err := m.inventory.Find(ctx, ref)
	if err != nil {
		return rec, err
	}
	return rec, m.jobs.Free(rec.ID)
}

// atRest finds a stack that no job works on and that is whole, running or stopped; else it
// cannot be done to it what done says: "saved".
func (m *Manager) atRest(ctx context.Context, ref, done string) (state.Record, ferry.Status, error) {
	rec, err := m.free(ctx, ref)
	if err != nil {
		return rec, "", err
	}
	d, err := m.inventory.Inspect(ctx, rec.ID)
	if err != nil {
		return rec, "", err
	}
	if d.Status != ferry.Running && d.Status != ferry.Stopped {
		return rec, "", ferry.Errorf(ferry.Conflict, "%s is %s and cannot be %s: %s", rec.ID, d.Status, done, strings.Join(d.Problems, "; ")).
			WithHint("ferry start %s brings it up, ferry stop %s stops it", rec.ID, rec.ID)
	}
	return rec, d.Status, nil
}
