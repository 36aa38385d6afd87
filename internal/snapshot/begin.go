package snapshot

import (
	"context"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/state"
)

// Possible reports what the engine lacks for a snapshot of a stack.
func (k *Keeper) Possible(ctx context.Context, status ferry.Status, stack string) error {
	info, err := k.Engine.Info(ctx)
	switch {
	case err != nil:
		return engine.Explain(err)
	case !info.Features.Copy:
		return ferry.Errorf(ferry.Invalid, "this engine cannot copy volumes")
	case status == ferry.Running && !info.Features.Freeze:
		return ferry.Errorf(ferry.Invalid, "this engine cannot have nodes stand still, so a running stack cannot be saved").
			WithHint("ferry stop %s, then save it", stack)
	}
	return nil
}

// Begin records that a stack is to be saved; Save makes it so.
func (k *Keeper) Begin(ctx context.Context, rec *state.Record, r api.SnapshotRequest) (state.Snapshot, error) {
	n := k.draft(rec, r)
	return n, k.Store.CreateSnapshot(ctx, n)
}

// Forget takes back what Begin has recorded.
func (k *Keeper) Forget(ctx context.Context, id string) error { return k.Store.DeleteSnapshot(ctx, id) }

func (k *Keeper) draft(rec *state.Record, r api.SnapshotRequest) state.Snapshot {
	n := state.Snapshot{
		Snapshot: ferry.Snapshot{
			ID: state.NewID("sn-"), Name: r.Name, Note: r.Note, State: ferry.SnapshotMaking, Stack: rec.ID, Lineage: rec.Plan.Lineage,
			Application: rec.Application, Created: k.Now(), Version: k.MadeBy, Images: map[string]string{},
		},
		Plan: rec.Plan, Formed: rec.Formed, Secrets: rec.Secrets,
	}
	for _, p := range dataOf(&rec.Plan) {
		n.Volumes = append(n.Volumes, ferry.SnapshotVolume{
			Node: p.node.Name, Name: p.volume.Name, Volume: "ferry-" + n.ID + "-" + p.node.Name + "-" + p.volume.Name,
		})
	}
	return n
}

// piece is a volume with data, and the node that it is of.
type piece struct {
	node   ferry.Node
	volume ferry.Volume
}

// dataOf lists the volumes that hold what must survive.
func dataOf(p *ferry.Plan) []piece {
	var all []piece
	for _, n := range p.Nodes {
		for _, v := range n.Volumes {
			if v.Of == "" && !v.Scratch {
				all = append(all, piece{n, v})
			}
		}
	}
	return all
}
