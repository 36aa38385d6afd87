package plan

import (
	"fmt"

	"github.com/ferry-project/ferry"
)

// keep refuses what would lose data that the stack has: a service with data that is
// in the plan before and not in the file any more, and a count that the service cannot
// be brought to while it has data.
func keep(drafts []*draft, p past) ferry.Faults {
	if p.plan == nil || !p.same {
		return nil
	}
	var faults ferry.Faults
	for _, left := range p.left() {
		faults = append(faults, ferry.Fault{
			Path:    left.Spec.Path,
			Message: fmt.Sprintf("the %s %s cannot be taken out of a stack or be exchanged for another: its data would be lost", left.Class, left.Spec.Personality),
			Hint:    "start a new stack of the file",
		})
	}
	for _, d := range drafts {
		if f := d.resized(p); f != nil {
			faults = append(faults, *f)
		}
	}
	return faults
}

// left are the services with data that no drafted one continues, in order.
func (p past) left() []ferry.Planned {
	var all []ferry.Planned
	for _, s := range p.plan.Services {
		if s.Class != ferry.Storage && s.Class != ferry.Layer {
			continue
		}
		for _, open := range p.services[identity{s.Class, s.Parent, s.Spec.Personality, s.Spec.Name}] {
			if open.ID == s.ID {
				all = append(all, s)
			}
		}
	}
	return all
}

// resized is the fault of a count that cannot be reached from what there is.
func (d *draft) resized(p past) *ferry.Fault {
	if d.before == nil || d.class == ferry.Connector || d.class == ferry.Layer {
		return nil
	}
	had, has := d.before.Spec.Instances, d.spec.Instances
	card := d.kind.Card()
	if has == had || has > had && card.Grows || has < had && card.Shrinks {
		return nil
	}
	verb := "gain"
	if has < had {
		verb = "lose"
	}
	return &ferry.Fault{
		Path:    d.spec.Path + ".instances",
		Message: fmt.Sprintf("%s has %d and cannot %s any while it has data: Ferry does not know how to move that", card.Name, had, verb),
		Hint:    fmt.Sprintf("leave it at %d, or start a new stack", had),
	}
}
