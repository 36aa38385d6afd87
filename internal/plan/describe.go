package plan

import (
	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/personality"
)

// describe asks each personality for its blueprint, those beneath first, so
// that every one sees what the services under it export.
func describe(drafts []*draft, in Input) error {
	var faults ferry.Faults
	for _, d := range drafts {
		if len(faults) > 0 && d.class != ferry.Storage {
			continue // it may stand on what is at fault
		}
		bp, err := d.kind.Describe(d.request(in, drafts))
		if err != nil {
			faults = append(faults, faultsIn(d.spec, err)...)
			continue
		}
		bp.Export.Service, bp.Export.Class = d.id, d.class
		bp.Export.Personality = d.spec.Personality
		if d.class == ferry.Layer {
			d.parent.print.Export.Layers = append(d.parent.print.Export.Layers, bp.Export)
		}
		bp.Notes = append(openNotes(bp.Open, in), bp.Notes...)
		d.print = bp
	}
	return faults.OrNil()
}

// openNotes says who may use the ports of a service that asks for no login.
func openNotes(open string, in Input) []string {
	if open == "" || in.Application.Network.Private {
		return nil
	}
	return []string{"every user of this machine may " + open + ": its ports ask for no login (network.private keeps others out)"}
}

func (d *draft) request(in Input, drafts []*draft) personality.Request {
	return personality.Request{
		Lineage: in.lineage(), ID: d.id, Service: d.spec, Nodes: d.machines,
		Beneath: d.beneath(drafts), CPUs: in.Host.CPUs, Layout: d.layout(in),
	}
}

// layout is what the personality said of the data in the plan before. One that was made
// before personalities said so is made again as far as that.
func (d *draft) layout(in Input) map[string]string {
	switch {
	case d.before == nil:
		return nil
	case d.before.Layout != nil || d.class != ferry.Storage:
		return d.before.Layout
	}
	machines := in.past.machines(d.before, in.Host.CPUs)
	if shapes, err := d.kind.Nodes(d.before.Spec); err != nil || len(shapes) != len(machines) {
		return nil // the options of then are none any more: nothing is known
	}
	bp, _ := d.kind.Describe(personality.Request{
		Lineage: in.lineage(), ID: d.id, Service: d.before.Spec, Nodes: machines, CPUs: in.Host.CPUs,
	})
	return bp.Layout
}

// beneath is the parent's export, and for a compute's layer the storage's below
// it; for a connector it is every storage's and compute's.
func (d *draft) beneath(drafts []*draft) []ferry.Export {
	var out []ferry.Export
	for p := d.parent; p != nil; p = p.parent {
		out = append(out, p.print.Export)
	}
	if d.class != ferry.Connector {
		return out
	}
	for _, o := range drafts {
		if o.class == ferry.Storage || o.class == ferry.Compute {
			out = append(out, o.print.Export)
		}
	}
	return out
}
