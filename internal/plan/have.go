package plan

import (
	"cmp"
	"slices"

	"github.com/ferry-project/ferry"
)

// Have is what the engine has of a stack, by the engine's names.
type Have struct {
	Nodes    []HaveNode
	Volumes  []Thing
	Networks []Thing
}

// Thing is one object of the engine's.
type Thing struct {
	Name string
	Host string // of its engine; "": LocalHost
	Job  string // that made it; "": nobody knows
}

// HaveNode is a container.
type HaveNode struct {
	Thing
	Node  string // its host name in the stack
	State NodeState
}

// NodeState is what Change must know of a container's state.
type NodeState int

// The states. A node that has never run may lack its files: whoever made it was
// killed before he had put them there.
const (
	NeverRan NodeState = iota
	Down
	Up
)

// node returns the container of that name.
func (h Have) node(container string) (HaveNode, bool) {
	for _, n := range h.Nodes {
		if n.Name == container {
			return n, true
		}
	}
	return HaveNode{}, false
}

// Up are the host names of the nodes that run.
func (h Have) Up() []string {
	var names []string
	for _, n := range h.Nodes {
		if n.State == Up {
			names = append(names, n.Node)
		}
	}
	return names
}

func (h Have) volume(name string) bool {
	return slices.ContainsFunc(h.Volumes, func(t Thing) bool { return t.Name == name })
}

func (h Have) network(name, host string) bool {
	return slices.ContainsFunc(h.Networks, func(t Thing) bool {
		return t.Name == name && cmp.Or(t.Host, ferry.LocalHost) == cmp.Or(host, ferry.LocalHost)
	})
}

// Lost are the volumes of p that the engine does not have, by what was on them:
// data is what the formed services cannot do without, spare what they can.
func (h Have) Lost(p *ferry.Plan, formed []string) (data, spare []string) {
	for _, n := range p.Nodes {
		if !slices.Contains(formed, n.Service) {
			continue
		}
		for _, v := range n.Volumes {
			switch place := n.Name + ":" + v.Path; {
			case v.Scratch, h.volume(n.VolumeName(v)):
			case v.Spare:
				spare = append(spare, place)
			default:
				data = append(data, place)
			}
		}
	}
	return data, spare
}
