// Package plan decides: an application, the personalities and what was observed
// of the engine become one Plan in which every name, address, port, volume, limit
// and file is fixed (New, Next), and two plans with what the engine has become the
// operations that lead from the one to the other (Change). It is pure: the same
// input returns the same bytes, and nothing here waits, reads or asks.
package plan

import (
	"cmp"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/personality"
)

// Input is everything a plan depends on.
type Input struct {
	Stack       string // sa-…
	Name        string
	Application ferry.Application
	Catalogue   personality.Catalogue
	Host        ferry.Host
	// Images maps each recipe to the reference that the engine knows it by.
	Images map[string]string
	// KeepImages: nodes that stay are made of what they were made of, whatever Images says.
	KeepImages bool
	// Pool is the CIDR the stacks' subnets are cut from; "" means DefaultPool.
	Pool     string
	Observed Observed

	past past
}

// Observed is what exists already and must be avoided.
type Observed struct {
	Subnets []string // CIDRs of the engine's networks and the host's routes
	Ports   []int    // host ports that are taken
}

// New makes the plan of a new stack. Its error is ferry.Faults, with paths from
// the top of the file, whenever the application is what is wrong.
func New(in Input) (ferry.Plan, error) {
	drafts, faults := draftServices(in)
	nameNodes(drafts, in.past)
	faults = append(faults, keep(drafts, in.past)...)
	taken := takenPorts(drafts, in.Observed.Ports)
	fault := shareMemory(drafts, in)
	if fault != nil || len(faults) > 0 {
		faults = append(faults, taken...)
		if fault != nil {
			faults = append(faults, *fault)
		}
		return ferry.Plan{}, faults
	}
	network, err := placeNodes(drafts, in)
	if err != nil {
		return ferry.Plan{}, err
	}
	if err := describe(drafts, in); err != nil {
		return ferry.Plan{}, append(taken, faultsOf(err)...)
	}
	faults = append(append(taken, publish(drafts, in)...), refuse(drafts, in.Host)...)
	if len(faults) > 0 {
		return ferry.Plan{}, faults
	}
	drafts[0].print.Notes = append(drafts[0].print.Notes, lackNotes(in.Host)...)
	return assemble(in, drafts, network)
}

func assemble(in Input, drafts []*draft, network ferry.Network) (ferry.Plan, error) {
	p := ferry.Plan{
		Format: 1, Stack: in.Stack, Name: in.Name, Lineage: in.lineage(), Revision: in.past.revision(),
		Application: in.Application, Network: network,
	}
	for _, d := range drafts {
		p.Services = append(p.Services, d.planned())
		nodes, err := d.nodes(in, drafts)
		if err != nil {
			return ferry.Plan{}, err
		}
		p.Nodes = append(p.Nodes, nodes...)
	}
	if err := openSecrets(&p); err != nil {
		return ferry.Plan{}, err
	}
	p.Images = imageRefs(p.Nodes)
	return p, checkOrder(&p)
}

// checkOrder reports a task or probe that waits for what is not there: a defect of
// its personality, found when the plan is made and not when it is carried out.
func checkOrder(p *ferry.Plan) error {
	_, err := Change(Past{}, Goal{Plan: p}, Have{})
	return err
}

// lineage is the name of the data that the stack has.
func (in Input) lineage() string { return cmp.Or(in.past.lineage(), in.Stack) }

// imageRefs lists each image once, in the order in which nodes use them.
func imageRefs(nodes []ferry.Node) []ferry.ImageRef {
	var refs []ferry.ImageRef
	seen := map[string]bool{}
	for _, n := range nodes {
		if seen[n.Ref] {
			continue
		}
		seen[n.Ref] = true
		ref := ferry.ImageRef{Ref: n.Ref}
		if n.Image != n.Ref {
			ref.Recipe = n.Image
		}
		refs = append(refs, ref)
	}
	return refs
}
