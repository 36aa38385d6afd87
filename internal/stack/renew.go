package stack

import (
	"context"
	"fmt"
	"slices"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/plan"
	"github.com/ferry-project/ferry/internal/state"
)

// renewImages has nodes that must be made be made of what can be had: an image of an
// older Ferry that is gone is built by nobody any more, so this Ferry's takes its place.
func (rc *reconciler) renewImages(ctx context.Context, rec *state.Record, have plan.Have) error {
	renewed := map[string]string{}
	for _, i := range rec.Wanted().Images {
		now := rc.refs[i.Recipe]
		if now == "" || now == i.Ref || !makes(rec.Wanted(), i.Ref, have) {
			continue
		}
		_, there, err := rc.images.Labels(ctx, i.Ref)
		if err != nil {
			return engine.Explain(err)
		}
		if !there {
			renewed[i.Ref] = now
		}
	}
	if len(renewed) == 0 {
		return nil
	}
	for old, now := range renewed {
		rc.jobs.Publish(rec.ID, ferry.Event{Kind: ferry.Note, Message: fmt.Sprintf(
			"the image %s, of another Ferry, is gone: nodes that are to be made are made of %s", old, now)})
	}
	replaceImages(rec.Wanted(), renewed, have)
	return rc.store.Update(ctx, rec.ID, func(r *state.Record) error {
		*r.Wanted() = *rec.Wanted()
		return nil
	})
}

// makes reports whether any node of that image is missing.
func makes(p *ferry.Plan, ref string, have plan.Have) bool {
	return slices.ContainsFunc(p.Nodes, func(n ferry.Node) bool { return n.Ref == ref && missing(n, have) })
}

func missing(n ferry.Node, have plan.Have) bool {
	return !slices.ContainsFunc(have.Nodes, func(h plan.HaveNode) bool { return h.Name == n.Container })
}

// replaceImages changes the images of nodes that are not there; those that are stay what
// they were made of.
func replaceImages(p *ferry.Plan, renewed map[string]string, have plan.Have) {
	p.Nodes = slices.Clone(p.Nodes)
	for i, n := range p.Nodes {
		if now := renewed[n.Ref]; now != "" && missing(n, have) {
			p.Nodes[i].Ref = now
		}
	}
	images := slices.Clone(p.Images)
	for _, i := range p.Images {
		if now := renewed[i.Ref]; now != "" && !slices.ContainsFunc(images, func(o ferry.ImageRef) bool { return o.Ref == now }) {
			images = append(images, ferry.ImageRef{Recipe: i.Recipe, Ref: now})
		}
	}
	p.Images = images
}
