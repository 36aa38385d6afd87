package app

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ferry-project/ferry"
)

// blank tells of a plain value without text.
func (v *value) blank() bool { return v.kind == scalar && v.text == "" }

// present gives p, or an absent place when its value is null.
func (p place) present() place {
	if p.value != nil && p.null() {
		return place{path: p.path}
	}
	return p
}

// block reads a mapping: it refuses unknown keys and misses the required ones.
// Blocks and lists with nothing in them count as left out.
func (d *decoder) block(p place, keys []string, required ...string) (map[string]place, bool) {
	fields := map[string]place{}
	if p.value == nil || !d.isMapping(p) {
		return fields, false
	}
	for i, e := range p.entries() {
		key := p.pairs[i].key
		if !slices.Contains(keys, key) {
			d.unknownKey(e, p.pairs[i], keys)
			continue
		}
		if !e.null() || slices.Contains(scalarKeys, key) {
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

// scalarKeys hold one plain value; with nothing behind them they were forgotten.
var scalarKeys = []string{
	"personality", "instances", "name", "version", "question", "param", "default", "minimum", "memory", "cpus", "storage",
}

func (d *decoder) unknownKey(p place, at pair, keys []string) {
	d.reportAt(at.mark, ferry.Fault{
		Path: p.path, Message: fmt.Sprintf("the key %s is not known here", quoted(at.key)), Hint: keyHint(at.key, keys),
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
	if near := nearest(key, keys); near != "" {
		return "did you mean " + near + "?"
	}
	return "known are " + strings.Join(keys, ", ")
}

func (d *decoder) isMapping(p place) bool {
	if p.kind == mapping {
		return true
	}
	if p.kind != open {
		d.report(p, fmt.Sprintf("%s must be a mapping, not %s", last(p.path), p.noun()), "")
	}
	return false
}

// list gives the items of a list, none when it is absent.
func (d *decoder) list(p place) []place {
	if p = p.present(); p.value == nil || p.kind == open {
		return nil
	}
	if p.kind != list {
		d.report(p, fmt.Sprintf("%s must be a list, not %s", last(p.path), p.noun()), "begin each item with a dash")
		return nil
	}
	return p.each()
}

// words takes a list of plain values, or one alone.
func (d *decoder) words(p place) []string {
	var out []string
	for _, w := range d.wordPlaces(p) {
		if text := d.text(w); text != "" {
			out = append(out, text)
		}
	}
	return out
}

func (d *decoder) wordPlaces(p place) []place {
	if p = p.present(); p.value != nil && p.kind == scalar {
		return []place{p}
	}
	return d.list(p)
}

// text gives a plain value as it was written, and "" when it is absent.
func (d *decoder) text(p place) string {
	switch {
	case p.value == nil || p.kind == open:
		return ""
	case p.null():
		d.report(p, last(p.path)+" has no value", "write one, or leave the key out")
	case p.kind != scalar:
		d.report(p, fmt.Sprintf("%s must be a plain value, not %s", last(p.path), p.noun()), p.quoteHint())
	case p.text == "":
		d.report(p, last(p.path)+" is empty", "write a value, or leave the key out")
	}
	return p.text
}

// quoteHint sees that {x} without quotes is a mapping in YAML.
func (p place) quoteHint() string {
	if p.flow && len(p.pairs) == 1 && p.pairs[0].value.null() {
		return fmt.Sprintf(`put quotes round a placeholder: "{%s}"`, p.pairs[0].key)
	}
	return ""
}

// noun says what a value is.
func (v *value) noun() string {
	switch {
	case v.kind == mapping:
		return "a mapping"
	case v.kind == list:
		return "a list"
	case v.null():
		return "nothing"
	}
	return quoted(v.text)
}
