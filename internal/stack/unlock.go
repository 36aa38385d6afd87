package stack

import (
	"context"

	"github.com/ferry-project/ferry/internal/keyring"
	"github.com/ferry-project/ferry/internal/plan"
	"github.com/ferry-project/ferry/internal/secret"
	"github.com/ferry-project/ferry/internal/state"
)

// unlock makes the secrets of a record whole before its stack comes up.
func (rc *reconciler) unlock(ctx context.Context, rec *state.Record, have plan.Have) error {
	values := secret.Values(rec.Secrets)
	if len(values.Missing(rec.Plan.Secrets())) == 0 {
		return nil
	}
	values, err := keyring.Of(rc.engine, rc.work.Walker, &rec.Plan, have).Complete(ctx, values)
	if err != nil {
		return err
	}
	rec.Secrets = state.Secrets(values)
	return rc.store.Update(ctx, rec.ID, func(r *state.Record) error {
		r.Secrets = rec.Secrets
		return nil
	})
}
