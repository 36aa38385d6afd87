package app

import (
	"fmt"

	"go.yaml.in/yaml/v4"

	"github.com/ferry-project/ferry"
)

// maxValues bounds what aliases may unfold to; a file of twenty services has
// some three hundred values.
const maxValues = 50_000

// loader turns text into values. It collects the faults that leave a readable tree.
type loader struct {
	doc    *Document
	faults ferry.Faults
	done   map[*yaml.Node]*value // nodes with an anchor; nil while they are being read
}

func (l *loader) load(text []byte) (*value, *ferry.Fault) {
	if fault := readable(text); fault != nil {
		return nil, fault
	}
	node, fault := compose(joinSurrogates(text))
	if fault != nil {
		return nil, fault
	}
	l.done = map[*yaml.Node]*value{}
	root := l.value(node)
	switch {
	case root.size > maxValues:
		return nil, &ferry.Fault{Message: fmt.Sprintf("the file unfolds to more than %d values", maxValues), Hint: "use fewer aliases"}
	case root.null():
		return nil, empty()
	case root.kind != mapping:
		return nil, &ferry.Fault{
			Line: root.line, Column: root.column,
			Message: "an application is a mapping with the key backend, not " + root.noun(),
			Hint:    "begin with backend:",
		}
	}
	return root, nil
}

// value converts a node and all below it.
func (l *loader) value(n *yaml.Node) *value {
	if n.Kind == yaml.AliasNode {
		return l.alias(n)
	}
	if n.Anchor != "" {
		l.done[n] = nil
	}
	v := &value{mark: markOf(n), size: 1, flow: n.Style&yaml.FlowStyle != 0}
	switch n.Kind {
	case yaml.MappingNode:
		v.kind = mapping
		l.pairs(v, n)
	case yaml.SequenceNode:
		v.kind = list
		for _, c := range n.Content {
			v.items = append(v.items, l.value(c))
		}
	default:
		v.text, v.tag = n.Value, l.tag(n)
	}
	v.measure()
	if n.Anchor != "" {
		l.done[n] = v
	}
	return v
}

func markOf(n *yaml.Node) mark { return mark{line: n.Line, column: n.Column} }

// measure counts what is in v; past the limit it stops counting, so that doubling
// aliases cannot overflow it.
func (v *value) measure() {
	for _, c := range v.items {
		v.size = min(v.size+c.size, maxValues+1)
	}
	for _, p := range v.pairs {
		v.size = min(v.size+p.value.size, maxValues+1)
	}
}

func (l *loader) alias(n *yaml.Node) *value {
	if v := l.done[n.Alias]; v != nil {
		return v
	}
	l.report(n, "the anchor &"+n.Value+" holds itself", "an alias cannot stand inside what it means")
	return &value{mark: markOf(n), kind: open, size: 1}
}

func (l *loader) tag(n *yaml.Node) string {
	tag := n.ShortTag()
	switch tag {
	case "!!str", "!!int", "!!float", "!!bool", "!!null", "!!timestamp", "!!merge":
	default:
		l.report(n, "the tag "+tag+" is not known here", "leave the tag out")
	}
	return tag
}

func (l *loader) pairs(v *value, n *yaml.Node) {
	var merged []*value
	seen := map[string]mark{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, val := n.Content[i], n.Content[i+1]
		if key.Kind == yaml.ScalarNode && key.ShortTag() == "!!merge" {
			merged = append(merged, l.merged(val)...)
			continue
		}
		child := l.value(val)
		if l.fresh(key, seen) {
			v.pairs = append(v.pairs, pair{mark: markOf(key), key: key.Value, value: child})
		}
	}
	for _, m := range merged {
		for _, p := range m.pairs {
			if _, ok := seen[p.key]; !ok {
				seen[p.key] = p.mark
				v.pairs = append(v.pairs, p)
			}
		}
	}
}

// fresh refuses keys that are no words, or are in the mapping already.
func (l *loader) fresh(key *yaml.Node, seen map[string]mark) bool {
	if key.Kind != yaml.ScalarNode {
		l.report(key, "a key must be a plain word", "")
		return false
	}
	if first, ok := seen[key.Value]; ok {
		l.report(key, fmt.Sprintf("%s is written twice, first on line %d", quoted(key.Value), first.line), twice(key.Value))
		return false
	}
	seen[key.Value] = markOf(key)
	return true
}

func twice(key string) string {
	if key == "storage" {
		return "a backend has exactly one storage: begin a second backend with a dash"
	}
	return "remove one of the two"
}

// merged gives the mappings that a << key brings in, the first having precedence.
func (l *loader) merged(n *yaml.Node) []*value {
	v := l.value(n)
	all := []*value{v}
	if v.kind == list {
		all = v.items
	}
	for _, m := range all {
		if m.kind != mapping && m.kind != open {
			l.report(n, "<< takes a mapping, not "+m.noun(), "")
		}
	}
	return all
}

func (l *loader) report(n *yaml.Node, message, hint string) {
	l.faults = append(l.faults, l.doc.place(ferry.Fault{Message: message, Hint: hint}, n.Line, n.Column))
}
