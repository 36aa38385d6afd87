package plan

import (
	"fmt"

	"github.com/ferry-project/ferry"
)

// refuse returns a fault for each service that needs what the host's engine lacks, before
// anything is made for it.
func refuse(drafts []*draft, h ferry.Host) (faults ferry.Faults) {
	for _, l := range h.Lacks {
		for _, d := range drafts {
			if f := d.misses(l); f != nil {
				faults = append(faults, *f)
			}
		}
	}
	return faults
}

func (d *draft) misses(l ferry.Lack) *ferry.Fault {
	if l.What == ferry.LackCPUs && d.spec.Resources.CPUs > 0 {
		return &ferry.Fault{Path: d.spec.Path + ".resources.cpus", Message: l.Why, Hint: l.Hint}
	}
	for _, n := range d.print.Nodes {
		for _, c := range n.Capabilities {
			if c.Name == l.What {
				return &ferry.Fault{
					Path: d.spec.Path, Hint: l.Hint,
					Message: fmt.Sprintf("%s cannot run on this engine (%s)", d.spec.Personality, l.Why),
				}
			}
		}
	}
	return nil
}

// lackNotes are what a user should know of a stack that does without.
func lackNotes(h ferry.Host) (notes []string) {
	for _, l := range h.Lacks {
		if l.What == ferry.LackMemory {
			notes = append(notes, l.Why)
		}
	}
	return notes
}
