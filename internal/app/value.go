package app

import (
	"strconv"
)

// kind says what a value of the file is.
type kind int

const (
	scalar kind = iota
	list
	mapping
	// open is a placeholder without an answer: it has been reported, and nothing
	// more is said about it.
	open
)

// mark is where something was written.
type mark struct {
	line, column int // 1-based; 0: not in the file
	set          bool
}

// value is one value of the file. Values are never changed once they are loaded;
// overrides and answers make new ones. Through aliases one value may stand in
// several places.
type value struct {
	mark
	kind  kind
	text  string // of a scalar, as written: 0755 stays 0755
	tag   string // of a scalar: "!!int"
	pairs []pair
	items []*value
	flow  bool // written with braces or brackets
	size  int  // values in it, itself included, aliases counted in full
	// param is the placeholder that an answer replaced by this value.
	param string
}

type pair struct {
	mark
	key   string
	value *value
}

func (v *value) null() bool { return v.kind == scalar && v.tag == "!!null" && v.param == "" }

func (v *value) get(key string) *value {
	for _, p := range v.pairs {
		if p.key == key {
			return p.value
		}
	}
	return nil
}

// place is a value together with its path from the top of the file. A place
// without value is a key that is not there.
type place struct {
	path string
	*value
}

func (p place) key(name string) place {
	if p.value == nil {
		return place{path: p.below(name)}
	}
	return place{path: p.below(name), value: p.get(name)}
}

func (p place) below(key string) string {
	if p.path == "" {
		return key
	}
	return p.path + "." + key
}

// each gives the items of a list.
func (p place) each() []place {
	if p.value == nil {
		return nil
	}
	out := make([]place, len(p.items))
	for i, v := range p.items {
		out[i] = place{path: p.path + "[" + strconv.Itoa(i) + "]", value: v}
	}
	return out
}

// entries gives the pairs of a mapping.
func (p place) entries() []place {
	out := make([]place, len(p.pairs))
	for i, e := range p.pairs {
		out[i] = place{path: p.below(e.key), value: e.value}
	}
	return out
}

// backends gives the items of backend; one backend may stand there without a list.
func backends(root place) []place {
	b := root.key("backend")
	if b.value != nil && b.kind == mapping {
		return []place{{path: "backend[0]", value: b.value}}
	}
	return b.each()
}

// services gives every service block of the file, in its order.
func services(root place) []place {
	var out []place
	for _, b := range backends(root) {
		if s := b.key("storage"); s.value != nil {
			out = append(out, s)
		}
		out = append(out, b.key("compute").each()...)
	}
	return append(out, root.key("connectors").each()...)
}
