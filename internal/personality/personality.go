// Package personality is the contract of everything Ferry can put into a stack.
// A personality decides and never acts: its methods are pure, with no context,
// no I/O, no clock, no randomness and no environment, so all of it is tested
// in milliseconds with golden files.
package personality

import (
	"github.com/ferry-project/ferry"
)

// Personality is one kind of service.
type Personality interface {
	// Card says what it is and where it can stand; constant.
	Card() Card
	// Nodes names the machines a service of n instances has. It returns Faults
	// (paths relative to the service's block) when the block cannot be right.
	Nodes(s ferry.Service) ([]Shape, error)
	// Describe says everything about the service. Its errors are Faults too.
	Describe(r Request) (ferry.Blueprint, error)
}

// Card is what the rest of Ferry may know of a personality without asking it.
type Card struct {
	Name        string      // canonical: "mpi"
	Aliases     []string    // other generations' names: "openmpi"
	Class       ferry.Class // where in the file it stands
	Description string      // one line for listings
	// On lists the personalities a compute, layer or connector can use; a
	// connector needs one of them among the stack's services. Empty for storages.
	On []string
	// Client is the connector a one-liner brings along.
	Client string
	// Host is the stem of its nodes' names: "openmpi" makes openmpi0, openmpi1.
	Host string
	// Args and Config name the options it understands, with one line each.
	Args   map[string]string
	Config map[string]string
	// XML says that the files of Config are XML. All others are taken to be read
	// line by line, so that no setting may have two: see CheckWords.
	XML bool
	// MaxInstances bounds `instances`; 0: no bound of its own.
	MaxInstances int
	// Recipe is the image its nodes are made of.
	Recipe string
	// Grows and Shrinks say that the service takes nodes in and returns them away while it
	// has data: by itself, or by its tasks of the phases AfterGrow and BeforeShrink.
	Grows, Shrinks bool
}

// Shape is one machine before it has a name and an address.
type Shape struct {
	Role string
	// Stem of its name where it is not the card's: "mount" makes mount0, mount1.
	Stem string
	// MemoryMin is what it cannot run without, Memory what it works well with;
	// the planner shares the host out between the two. Bytes.
	MemoryMin, Memory int64
}

// Request is what Describe gets to know.
type Request struct {
	// Lineage names the data, and ID the service in it: what is written into data may
	// follow from them, as a stack that begins with another's data has the same. Texts for
	// people that name the stack hold ferry.StackRef.
	Lineage string
	ID      string        // se-…
	Service ferry.Service // its block of the file
	// Nodes are its machines, in the order of Nodes().
	Nodes []Machine
	// Beneath are the services it stands on: the storage of a compute or a
	// layer (with its layers), every backend service for a connector, in the
	// order of the file.
	Beneath []ferry.Export
	// Layout is what Blueprint.Layout said in the plan before; nil for a service that has no
	// data yet. What follows from the count of nodes by default followed from that count when
	// the data was made: to follow from another would start every node again, and would be
	// wrong of the data that is there.
	Layout map[string]string
	// CPUs of the host; MPI slots and heaps follow from it.
	CPUs float64
}

// Machine is one planned node, as its personality sees it.
type Machine struct {
	Name    string // host name: "gluster0"
	Address string // for logs and seeds only; configuration speaks names
	Role    string
	Memory  int64 // bytes it may use
	CPUs    float64
}

// Catalogue is an ordered list of personalities.
type Catalogue []Personality

// Find returns the personality of that name or alias; "ferry/x" counts as "x".
func (c Catalogue) Find(name string) (Personality, bool) {
	for _, p := range c {
		if p.Card().Answers(name) {
			return p, true
		}
	}
	return nil, false
}

// Cards returns every card, in order.
func (c Catalogue) Cards() []Card {
	cards := make([]Card, len(c))
	for i, p := range c {
		cards[i] = p.Card()
	}
	return cards
}
