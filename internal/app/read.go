package app

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/app/tree"
	"github.com/ferry-project/ferry/internal/spell"
)

// block reads a mapping: it refuses unknown keys and misses the required ones.
// Blocks and lists with nothing in them count as left out.
func (d *decoder) block(p tree.Place, keys []string, required ...string) (map[string]tree.Place, bool) {
	fields := map[string]tree.Place{}
	if p.Value == nil || !d.isMapping(p) {
		return fields, false
	}
	for i, e := range p.Entries() {
		key := p.Pairs[i].Key
		if !slices.Contains(keys, key) {
			d.unknownKey(e, p.Pairs[i], keys)
			continue
		}
		if !e.Null() || slices.Contains(scalarKeys, key) {
			fields[key] = e
		}
	}
	for _, key := range required {
		if _, ok := fields[key]; !ok {
			d.report(p, key+" is missing", "")
		}
	}
	return fields, true
}

// scalarKeys hold one value. An empty one is a fault: its value was most likely forgotten.
var scalarKeys = []string{
	"personality", "instances", "name", "version", "question", "param", "default", "minimum", "memory", "cpus", "storage", "private",
}

func (d *decoder) unknownKey(p tree.Place, at tree.Pair, keys []string) {
	d.reportAt(at.Mark, ferry.Fault{
		Path: p.Path, Message: fmt.Sprintf("the key %s is not known here", tree.Quoted(at.Key)), Hint: keyHint(at.Key, keys),
	})
}

func keyHint(key string, keys []string) string {
	switch {
	case key == "ports" || key == "name":
		return key + " belongs to a connector"
	case key == "layers":
		return "layers belong to a storage or a compute"
	case strings.HasPrefix(key, "_") || key == "iparams":
		return "earlier versions wrote it themselves: remove it"
	}
	if near := spell.Nearest(key, keys); near != "" {
		return "did you mean " + near + "?"
	}
	return "known are " + strings.Join(keys, ", ")
}

func (d *decoder) isMapping(p tree.Place) bool {
	if p.Kind == tree.Mapping {
		return true
	}
	if p.Kind != tree.Open {
		d.report(p, fmt.Sprintf("%s must be a mapping, not %s", last(p.Path), p.Noun()), "")
	}
	return false
}

// list returns the items of a list, none when it is absent.
func (d *decoder) list(p tree.Place) []tree.Place {
	if p = p.Present(); p.Value == nil || p.Kind == tree.Open {
		return nil
	}
	if p.Kind != tree.List {
		d.report(p, fmt.Sprintf("%s must be a list, not %s", last(p.Path), p.Noun()), "begin each item with a dash")
		return nil
	}
	return p.Each()
}

// words takes a list of plain values, or one alone.
func (d *decoder) words(p tree.Place) []string {
	var out []string
	for _, w := range d.wordPlaces(p) {
		if text := d.text(w); text != "" {
			out = append(out, text)
		}
	}
	return out
}

func (d *decoder) wordPlaces(p tree.Place) []tree.Place {
	if p = p.Present(); p.Value != nil && p.Kind == tree.Scalar {
		return []tree.Place{p}
	}
	return d.list(p)
}

// text returns a plain value as it was written, and "" when it is absent.
func (d *decoder) text(p tree.Place) string {
	switch {
	case p.Value == nil || p.Kind == tree.Open:
		return ""
	case p.Null():
		d.report(p, last(p.Path)+" has no value", "write one, or leave the key out")
	case p.Kind != tree.Scalar:
		d.report(p, fmt.Sprintf("%s must be a plain value, not %s", last(p.Path), p.Noun()), p.QuoteHint())
	case p.Text == "":
		d.report(p, last(p.Path)+" is empty", "write a value, or leave the key out")
	}
	return p.Text
}
