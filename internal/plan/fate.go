package plan

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/ferry-project/ferry"
)

// fate is what a change does to a node, and why.
type fate struct {
	kind fateKind
	why  string
}

type fateKind int

const (
	stays     fateKind = iota // it runs, and nothing of it changes
	starts                    // it is there, and is started
	made                      // it is not there
	filled                    // it is there and has never run: its files may be missing
	remade                    // what it was made with changes, its volumes stay
	restarted                 // its files change, and its processes read them when they start
	rewritten                 // its files change, and are in force as soon as they are there
)

func (f fate) makes() bool { return f.kind == made || f.kind == remade }

// creates reports whether the engine is to make the node, or to finish what it made.
func (f fate) creates() bool { return f.makes() || f.kind == filled }

// ends reports whether the node must be down before it can be what it is to be.
func (f fate) ends() bool { return f.kind == remade || f.kind == restarted }

// writes reports whether a node that has run gets other files before it starts again.
func (f fate) writes() bool { return f.kind == restarted }

func (f fate) starts() bool { return f.kind != stays && f.kind != rewritten }

func (f fate) startWhy() string {
	switch f.kind {
	case starts, restarted:
		return f.why
	}
	return "all nodes start together"
}

// fate decides what becomes of one node of the plan.
func (c *change) fate(n ferry.Node) fate {
	h, there := c.have.node(n.Container)
	if !there {
		return fate{made, c.madeWhy(n)}
	}
	old, known := c.old(n.Name)
	if why := c.differs(old, n); known && why != "" {
		return fate{remade, why}
	}
	path, live := c.changedFile(old, n)
	switch {
	case h.State == NeverRan:
		return fate{filled, "it was made and not started"}
	case known && path != "" && live && h.State == Up:
		return fate{rewritten, path + " changes"}
	case known && path != "":
		return fate{restarted, path + " changes"}
	case h.State == Down:
		return fate{starts, "it was stopped"}
	case c.from.Plan == nil:
		return fate{starts, "to be sure that it runs"} // it may have died since somebody looked
	}
	return fate{stays, ""}
}

func (c *change) madeWhy(n ferry.Node) string {
	if _, known := c.old(n.Name); known || slices.Contains(c.from.Formed, n.Service) && c.from.Plan == nil {
		return "its container is gone"
	}
	return "the machine " + n.Name
}

// old is the node in the plan that the nodes were made by; not known when that is the
// plan they are to be made by.
func (c *change) old(name string) (ferry.Node, bool) {
	if c.from.Plan == nil {
		return ferry.Node{}, false
	}
	return c.from.Plan.Node(name)
}

// differs says what of a container changes that it cannot change while it is there.
// A connector's environment is no reason to lose what its user has installed in it:
// commands and shells that Ferry starts in it get the new one all the same.
func (c *change) differs(a, b ferry.Node) string {
	s, _ := c.to.Service(b.Service)
	switch {
	case a.Ref != b.Ref:
		return "its image changes to " + b.Ref
	case a.Resources.Memory != b.Resources.Memory:
		return fmt.Sprintf("its memory changes from %s to %s", size(a.Resources.Memory), size(b.Resources.Memory))
	case a.Resources != b.Resources:
		return "its limits change"
	case a.Address != b.Address:
		return "its address changes to " + b.Address
	case !maps.Equal(a.Env, b.Env) && s.Class != ferry.Connector:
		return "its environment changes"
	case !slices.EqualFunc(a.Ports, b.Ports, samePort):
		return "its ports change"
	case !slices.Equal(a.Volumes, b.Volumes), !slices.Equal(a.Tmpfs, b.Tmpfs):
		return "its volumes change"
	case a.Sealed != b.Sealed, !slices.Equal(a.Capabilities, b.Capabilities), !slices.Equal(a.Devices, b.Devices):
		return "its rights change"
	case !reflect.DeepEqual(a.Processes, b.Processes):
		return "its processes change"
	}
	return ""
}

// samePort reports whether two ports are published alike.
func samePort(a, b ferry.Port) bool {
	return a.Container == b.Container && a.Host == b.Host && a.Address == b.Address
}

// changedFile returns the path of a file that differs, of a live one only when no
// other does. A connector has no daemon that would have read one: all of its are live.
func (c *change) changedFile(a, b ferry.Node) (path string, live bool) {
	s, _ := c.to.Service(b.Service)
	for _, f := range b.Files {
		if slices.Contains(a.Files, f) {
			continue
		}
		if !f.Live && s.Class != ferry.Connector {
			return f.Path, false
		}
		path = cmp.Or(path, f.Path)
	}
	return path, true
}
