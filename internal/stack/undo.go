package stack

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/plan"
	"github.com/ferry-project/ferry/internal/state"
)

// undoTime bounds the undoing of what failed; past it the user is told, and
// `ferry rm --force` tries again.
const undoTime = 3 * time.Minute

// undo takes back what a failed first start has made. The intent is recorded first,
// with the job: after a server was killed in the middle, the next one goes on with the undoing of that job.
func (rc *reconciler) undo(ctx context.Context, rec state.Record, why error) error {
	ctx, cancel := context.WithTimeout(ctx, undoTime)
	defer cancel()
	rec.Undo = rc.jobs.ID(rec.ID)
	_, err := rc.removeAll(ctx, rec)
	if err == nil {
		return why
	}
	failed := ferry.Errorf(ferry.Failed, "undo the start of %s: %w", rec.ID, err).
		WithHint("ferry rm --force %s tries again", rec.ID)
	if ferry.CodeOf(why) == ferry.Interrupted {
		return errors.Join(failed, why) // that it was cancelled is not the news
	}
	return errors.Join(why, failed)
}

// madeByOthers counts what that job has not made, by kind.
func madeByOthers(have plan.Have, job string) map[string]int {
	counts := map[string]int{}
	count := func(kind string, things []plan.Thing) {
		for _, t := range things {
			if t.Job != job || job == "" {
				counts[kind]++
			}
		}
	}
	for _, n := range have.Nodes {
		count("machine", []plan.Thing{n.Thing})
	}
	count("volume", have.Volumes)
	count("network", have.Networks)
	return counts
}

// keep ends the undoing of a start that found things of its stack: a volume, a
// machine or a network that was there before may hold data, so nothing goes, and
// what the start has made itself is left for the next one.
func (rc *reconciler) keep(ctx context.Context, rec state.Record, others map[string]int) ([]ferry.Step, error) {
	id := rec.ID
	rc.jobs.Publish(id, ferry.Event{Kind: ferry.Note, Message: fmt.Sprintf(
		"kept, for it was there before this start: %s; ferry start %s goes on with it, ferry rm %s removes it", counted(others), id, id)})
	ops, err := rc.stopOps(ctx, &rec)
	if err != nil {
		return nil, err
	}
	path, err := rc.work.Do(ctx, &rec, ops)
	return path, errors.Join(err, rc.jobs.Settle(ctx, id, ferry.StartFailed, func(r *state.Record) { r.Intent, r.Undo = ferry.WantStopped, "" }))
}

// counted says "2 volumes, 1 machine".
func counted(things map[string]int) string {
	var said []string
	for _, kind := range []string{"volume", "machine", "network"} {
		switch n := things[kind]; n {
		case 0:
		case 1:
			said = append(said, "1 "+kind)
		default:
			said = append(said, fmt.Sprintf("%d %ss", n, kind))
		}
	}
	return strings.Join(said, ", ")
}
