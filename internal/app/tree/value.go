// Package tree reads the text of an application, YAML or JSON, as values that know
// where they were written. Values are never changed: an override makes new ones. It
// knows the shape of a file and nothing of its meaning.
package tree

import (
	"fmt"
	"strconv"
)

// Kind says what a value of the file is.
type Kind int

// The kinds.
const (
	Scalar Kind = iota
	List
	Mapping
	// Open is a placeholder without an answer: it has been reported, and nothing
	// more is said about it.
	Open
)

// Mark is where something was written.
type Mark struct {
	Line, Column int // 1-based; 0: not in the file
	Set          bool
}

// Value is one value of the file. Values are never changed once they are loaded;
// overrides and answers make new ones. Through aliases one value may stand in
// several places.
type Value struct {
	Mark
	Kind  Kind
	Text  string // of a scalar, as written: 0755 stays 0755
	Tag   string // of a scalar: "!!int"
	Pairs []Pair
	Items []*Value
	flow  bool // written with braces or brackets
	size  int  // values in it, itself included, aliases counted in full
	// Param is the placeholder that an answer replaced by this value.
	Param string
}

// Pair is a key of a mapping with its value.
type Pair struct {
	Mark
	Key   string
	Value *Value
}

// Null reports whether a value was left out or written as null.
func (v *Value) Null() bool { return v.Kind == Scalar && v.Tag == "!!null" && v.Param == "" }

// Get returns the value of a key, nil when it is not there.
func (v *Value) Get(key string) *Value {
	for _, p := range v.Pairs {
		if p.Key == key {
			return p.Value
		}
	}
	return nil
}

// Place is a value together with its path from the top of the file. A place
// without value is a key that is not there.
type Place struct {
	Path string
	*Value
}

// Key returns the place of a key, without a value when it is not there.
func (p Place) Key(name string) Place {
	if p.Value == nil {
		return Place{Path: p.below(name)}
	}
	return Place{Path: p.below(name), Value: p.Get(name)}
}

// below returns the path of a key.
func (p Place) below(key string) string {
	if p.Path == "" {
		return key
	}
	return p.Path + "." + key
}

// Each returns the items of a list.
func (p Place) Each() []Place {
	if p.Value == nil {
		return nil
	}
	out := make([]Place, len(p.Items))
	for i, v := range p.Items {
		out[i] = Place{Path: p.Path + "[" + strconv.Itoa(i) + "]", Value: v}
	}
	return out
}

// Entries returns the pairs of a mapping.
func (p Place) Entries() []Place {
	out := make([]Place, len(p.Pairs))
	for i, e := range p.Pairs {
		out[i] = Place{Path: p.below(e.Key), Value: e.Value}
	}
	return out
}

// Blank reports whether it is a plain value without text.
func (v *Value) Blank() bool { return v.Kind == Scalar && v.Text == "" }

// Present returns p, or an absent place when its value is null.
func (p Place) Present() Place {
	if p.Value != nil && p.Null() {
		return Place{Path: p.Path}
	}
	return p
}

// QuoteHint sees that {x} without quotes is a mapping in YAML.
func (p Place) QuoteHint() string {
	if p.flow && len(p.Pairs) == 1 && p.Pairs[0].Value.Null() {
		return fmt.Sprintf(`put quotes round a placeholder: "{%s}"`, p.Pairs[0].Key)
	}
	return ""
}

// Noun says what a value is.
func (v *Value) Noun() string {
	switch {
	case v.Kind == Mapping:
		return "a mapping"
	case v.Kind == List:
		return "a list"
	case v.Null():
		return "nothing"
	}
	return Quoted(v.Text)
}

// Quoted shows a piece of the file in a message, a long one cut short.
func Quoted(s string) string {
	if runes := []rune(s); len(runes) > 60 {
		s = string(runes[:57]) + "..."
	}
	return strconv.Quote(s)
}
