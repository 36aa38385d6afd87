package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/personality"
)

// draft is a service while it is being planned.
type draft struct {
	id       string
	class    ferry.Class
	parent   *draft // storage of a compute; storage or compute of a layer
	spec     ferry.Service
	kind     personality.Personality
	shapes   []personality.Shape
	machines []personality.Machine
	before   *ferry.Planned // what it was in the plan before; nil: it is new
	print    ferry.Blueprint
	ports    map[string][]ferry.Port // node → published
}

// draftServices lists the services in the order in which they are described:
// each storage, its layers, its computes and their layers, then connectors.
func draftServices(in Input) ([]*draft, ferry.Faults) {
	b := builder{in: in}
	b.all()
	if len(b.drafts) == 0 && len(b.faults) == 0 {
		b.faults = ferry.Faults{{Message: "the application has neither a backend nor a connector"}}
	}
	return b.drafts, b.faults
}

type builder struct {
	in     Input
	known  ferry.Faults // of the file; whom they make unclear is passed over
	drafts []*draft
	faults ferry.Faults
}

func (b *builder) all() {
	for i := range b.in.Application.Backends {
		b.backend(&b.in.Application.Backends[i])
	}
	for _, c := range b.in.Application.Connectors {
		b.add(ferry.Connector, nil, c)
	}
}

func (b *builder) backend(e *ferry.Backend) {
	storage := b.add(ferry.Storage, nil, e.Storage)
	b.layers(storage, e.Storage)
	for _, c := range e.Compute {
		b.layers(b.add(ferry.Compute, storage, c), c)
	}
}

// layers adds a service for each layer of a block, with the block's own options for
// it; d is nil when the block itself is at fault.
func (b *builder) layers(d *draft, block ferry.Service) {
	for i, name := range block.Layers {
		spec := ferry.Service{
			Path:        block.Path + ".layers[" + strconv.Itoa(i) + "]",
			Personality: name, Instances: 1,
			Args: block.Args, Config: block.Config, Version: block.Version,
		}
		b.add(ferry.Layer, d, spec)
	}
}

func (b *builder) add(class ferry.Class, parent *draft, spec ferry.Service) *draft {
	if len(b.known) > 0 && unclear(spec, b.known) {
		return nil
	}
	kind, ok := b.in.Catalogue.Find(spec.Personality)
	if !ok {
		b.faults = append(b.faults, ferry.Fault{
			Path:    spec.Path + ".personality",
			Message: "there is no personality " + strconv.Quote(spec.Personality),
		})
		return nil
	}
	shapes, err := b.ask(class, kind, spec)
	if err != nil {
		b.faults = append(b.faults, faultsIn(spec, err)...)
		return nil
	}
	d := &draft{
		class: class, parent: parent,
		spec: spec, kind: kind, shapes: shapes, ports: map[string][]ferry.Port{},
	}
	b.identify(d)
	b.drafts = append(b.drafts, d)
	return d
}

// identify sets the id of a service: the one it has had, or a new one.
func (b *builder) identify(d *draft) {
	if d.before = b.in.past.match(d); d.before != nil {
		d.id = d.before.ID
		return
	}
	seed := d.spec.Path
	for d.id = serviceID(b.in.lineage(), seed); b.taken(d.id); d.id = serviceID(b.in.lineage(), seed) {
		seed += "'" // another service has stood at that place of the file
	}
}

func (b *builder) taken(id string) bool {
	return b.in.past.known(id) || slices.ContainsFunc(b.drafts, func(d *draft) bool { return d.id == id })
}

// ask checks the words of a block, which are its layers' too, before its
// personality gets to see them.
func (b *builder) ask(class ferry.Class, kind personality.Personality, spec ferry.Service) ([]personality.Shape, error) {
	if class != ferry.Layer {
		cards := []personality.Card{kind.Card()}
		for _, name := range spec.Layers {
			if l, ok := b.in.Catalogue.Find(name); ok {
				cards = append(cards, l.Card())
			}
		}
		if err := personality.CheckWords(spec, cards...).OrNil(); err != nil {
			return nil, err
		}
	}
	return kind.Nodes(spec)
}

// serviceID is random because the lineage is: eight hex digits of a hash over
// it, so that a plan needs no randomness of its own.
func serviceID(lineage, path string) string {
	sum := sha256.Sum256([]byte(lineage + "\x00" + path))
	return "se-" + hex.EncodeToString(sum[:4])
}

// faultsIn places the faults of a service in the file. A layer has no
// block of its own: its options stand in its parent's.
func faultsIn(spec ferry.Service, err error) ferry.Faults {
	faults := faultsOf(err).Within(spec.Path)
	block, _, layer := strings.Cut(spec.Path, ".layers[")
	for i := range faults {
		option := strings.TrimPrefix(faults[i].Path, spec.Path+".")
		if layer && (strings.HasPrefix(option, "args.") || strings.HasPrefix(option, "config.")) {
			faults[i].Path = block + "." + option
		}
	}
	return faults
}

func faultsOf(err error) ferry.Faults {
	if fs, ok := errors.AsType[ferry.Faults](err); ok {
		return fs
	}
	return ferry.Faults{{Message: err.Error()}}
}
