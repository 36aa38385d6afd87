package app

import (
	"fmt"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/app/tree"
	"github.com/ferry-project/ferry/internal/personality"
)

// decoder walks the tree and gathers faults. A fault never ends the walk; what
// cannot be read counts as absent, and nothing is said that follows from it.
type decoder struct {
	doc     *Document
	cards   []personality.Card
	image   func(ref string) (client string, ok bool)
	answers map[string]string // by parameter
	faults  ferry.Faults
}

// report records a fault of the value at p.
func (d *decoder) report(p tree.Place, message, hint string) {
	f := ferry.Fault{Path: p.Path, Message: message, Hint: hint}
	m := tree.Mark{}
	if p.Value != nil {
		m = p.Mark
		if p.Param != "" {
			f.Message += " (the answer to " + answerName(p.Param) + ")"
		}
	}
	d.reportAt(m, f)
}

func (d *decoder) reportAt(m tree.Mark, f ferry.Fault) {
	if m.Set {
		f.File = setSource
	} else {
		f = d.doc.place(f, m.Line, m.Column)
	}
	d.faults = append(d.faults, f)
}

var rootKeys = []string{"metadata", "params", "questions", "backend", "connectors", "network"}

func (d *decoder) application(root tree.Place, a *ferry.Application) {
	b, _ := d.block(root, rootKeys, "backend")
	a.Metadata = d.metadata(b["metadata"])
	var stack []ferry.Service
	complete := true // every service of the backends is known
	for _, p := range d.backendList(b["backend"]) {
		backend, ok := d.backend(p)
		complete = complete && ok
		a.Backends = append(a.Backends, backend)
		stack = append(append(stack, backend.Storage), backend.Compute...)
	}
	if !complete {
		stack = nil
	}
	a.Connectors = d.connectors(b["connectors"], stack)
	a.Network = d.network(b["network"])
}

var networkKeys = []string{"private"}

func (d *decoder) network(p tree.Place) ferry.NetworkOptions {
	fields, _ := d.block(p, networkKeys)
	return ferry.NetworkOptions{Private: d.boolean(fields["private"])}
}

// boolean is false where nothing is written.
func (d *decoder) boolean(p tree.Place) bool {
	text := d.text(p)
	if text != "" && text != "true" && text != "false" {
		d.report(p, fmt.Sprintf("%s is true or false, not %s", last(p.Path), tree.Quoted(text)), "")
	}
	return text == "true"
}

// backendList takes a list of backends, or one backend as it stands.
func (d *decoder) backendList(p tree.Place) []tree.Place {
	if p.Value != nil && p.Kind == tree.Mapping {
		p.Path += "[0]"
		return []tree.Place{p}
	}
	out := d.list(p)
	if p.Value != nil && p.Kind == tree.List && len(out) == 0 {
		d.report(p, "there is no backend in the list", "an application has at least one storage")
	}
	return out
}

var backendKeys = []string{"storage", "compute"}

// backend decodes a storage and its computes; ok reports whether all of them are known.
func (d *decoder) backend(p tree.Place) (b ferry.Backend, ok bool) {
	fields, ok := d.block(p, backendKeys, "storage")
	if !ok {
		return b, false
	}
	var storage personality.Card
	if s := fields["storage"]; s.Value != nil && s.Kind == tree.List {
		d.report(s, "a backend has exactly one storage, not a list", "begin a second backend with a dash for another storage")
		ok = false
	} else {
		b.Storage, storage, ok = d.service(s, ferry.Storage)
	}
	for _, c := range d.list(fields["compute"]) {
		compute, card, known := d.service(c, ferry.Compute)
		if known && storage.Name != "" {
			d.pair(c.Key("personality"), card, storage.Name)
		}
		b.Compute = append(b.Compute, compute)
		ok = ok && known
	}
	return b, ok
}

// pair checks that a compute can use its storage.
func (d *decoder) pair(p tree.Place, card personality.Card, storage string) {
	if !card.Stands(storage) {
		d.report(p, fmt.Sprintf("%s does not run on %s", card.Name, storage), "it runs on "+either(card.On))
	}
}

// metadata is for people: unknown keys are let through.
func (d *decoder) metadata(p tree.Place) ferry.Metadata {
	var m ferry.Metadata
	if p.Value == nil {
		return m
	}
	if !d.isMapping(p) {
		return m
	}
	for _, f := range []struct {
		key string
		to  *string
	}{
		{"author", &m.Author},
		{"version", &m.Version},
		{"description", &m.Description},
		{"icon", &m.Icon},
		{"url", &m.URL},
	} {
		if v := p.Key(f.key).Present(); v.Value != nil && !v.Blank() {
			*f.to = d.text(v)
		}
	}
	m.Tags = d.words(p.Key("tags"))
	return m
}

// backends returns the items of backend; one backend may stand there without a list.
func backends(root tree.Place) []tree.Place {
	b := root.Key("backend")
	if b.Value != nil && b.Kind == tree.Mapping {
		return []tree.Place{{Path: "backend[0]", Value: b.Value}}
	}
	return b.Each()
}

// services returns every service block of the file, in its order.
func services(root tree.Place) []tree.Place {
	var out []tree.Place
	for _, b := range backends(root) {
		if s := b.Key("storage"); s.Value != nil {
			out = append(out, s)
		}
		out = append(out, b.Key("compute").Each()...)
	}
	return append(out, root.Key("connectors").Each()...)
}
