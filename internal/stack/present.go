package stack

import (
	"context"
	"strconv"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/run"
	"github.com/ferry-project/ferry/internal/state"
)

// arrive records that a stack is what was wanted.
func (rc *reconciler) arrive(ctx context.Context, rec *state.Record) error {
	if p := rec.Wanted(); p.Revision > 0 {
		if err := rc.keepPlan(ctx, p); err != nil {
			return engine.Explain(err)
		}
	}
	return rc.jobs.Settle(ctx, rec.ID, ferry.Running, arrived)
}

// keepPlan writes a later plan where it is found when all records are lost. Labels cannot
// be changed, and those of the network and of the first volume have the first plan; so
// each later one has an empty volume of its own, which goes when the next is there.
func (rc *reconciler) keepPlan(ctx context.Context, p *ferry.Plan) error {
	label, err := run.EncodePlan(p)
	if err != nil {
		return err
	}
	revision := strconv.Itoa(p.Revision)
	labels := rc.inventory.Of(p.Stack)
	labels[ferry.LabelFerry], labels[ferry.LabelHost] = rc.version, p.Network.Host
	labels[ferry.LabelPlan], labels[ferry.LabelRevision] = label, revision
	if err := rc.engine.CreateVolume(ctx, "ferry-"+p.Stack+"-plan-"+revision, labels); err != nil {
		return err
	}
	older := rc.inventory.Of(p.Stack)
	older[ferry.LabelRevision] = ""
	volumes, err := rc.engine.ListVolumes(ctx, older)
	if err != nil {
		return err
	}
	for _, v := range volumes {
		if v.Labels[ferry.LabelRevision] == revision {
			continue
		}
		if err := rc.engine.RemoveVolume(ctx, v.Name); err != nil {
			return err
		}
	}
	return nil
}
