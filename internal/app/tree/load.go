package tree

import (
	"fmt"

	"go.yaml.in/yaml/v4"

	"github.com/ferry-project/ferry"
)

// maxValues bounds what aliases may unfold to; a file of twenty services has
// some three hundred values.
const maxValues = 50_000

// loader turns nodes into values. It collects the faults that leave a readable tree.
type loader struct {
	faults []ferry.Fault
	done   map[*yaml.Node]*Value // nodes with an anchor; nil while they are being read
}

// Load reads a text. The faults leave a tree that can be read; with a fatal one
// there is none. They have line and column, and nothing else of their place.
func Load(text []byte) (root *Value, faults []ferry.Fault, fatal *ferry.Fault) {
	if fault := readable(text); fault != nil {
		return nil, nil, fault
	}
	node, fault := compose(joinSurrogates(text))
	if fault != nil {
		return nil, nil, fault
	}
	l := loader{done: map[*yaml.Node]*Value{}}
	root = l.value(node)
	switch {
	case root.size > maxValues:
		return nil, nil, tooLarge(root, node)
	case root.Null():
		return nil, nil, empty()
	case root.Kind != Mapping:
		return nil, nil, &ferry.Fault{
			Line: root.Line, Column: root.Column,
			Message: "an application is a mapping with the key backend, not " + root.Noun(),
			Hint:    "begin with backend:",
		}
	}
	return root, l.faults, nil
}

// tooLarge is the fault of a file with too many values, at its first alias where it
// has any: without them no file comes near.
func tooLarge(root *Value, node *yaml.Node) *ferry.Fault {
	f := &ferry.Fault{
		Line: root.Line, Column: root.Column,
		Message: fmt.Sprintf("the file has more than %d values", maxValues), Hint: "write a smaller application",
	}
	if alias := firstAlias(node); alias != nil {
		f.Line, f.Column = alias.Line, alias.Column
		f.Message = fmt.Sprintf("with aliases such as *%s the file unfolds to more than %d values", alias.Value, maxValues)
		f.Hint = "use fewer aliases"
	}
	return f
}

func firstAlias(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n
	}
	for _, c := range n.Content {
		if a := firstAlias(c); a != nil {
			return a
		}
	}
	return nil
}

// value converts a node and all below it.
func (l *loader) value(n *yaml.Node) *Value {
	if n.Kind == yaml.AliasNode {
		return l.alias(n)
	}
	if n.Anchor != "" {
		l.done[n] = nil
	}
	v := &Value{Mark: markOf(n), size: 1, flow: n.Style&yaml.FlowStyle != 0}
	switch n.Kind {
	case yaml.MappingNode:
		v.Kind = Mapping
		l.pairs(v, n)
	case yaml.SequenceNode:
		v.Kind = List
		for _, c := range n.Content {
			v.Items = append(v.Items, l.value(c))
		}
	default:
		v.Text, v.Tag = n.Value, l.tag(n)
	}
	v.measure()
	if n.Anchor != "" {
		l.done[n] = v
	}
	return v
}

func markOf(n *yaml.Node) Mark { return Mark{Line: n.Line, Column: n.Column} }

// measure counts what is in v; past the limit it stops counting, so that doubling
// aliases cannot overflow it.
func (v *Value) measure() {
	for _, c := range v.Items {
		v.size = min(v.size+c.size, maxValues+1)
	}
	for _, p := range v.Pairs {
		v.size = min(v.size+p.Value.size, maxValues+1)
	}
}

func (l *loader) alias(n *yaml.Node) *Value {
	if v := l.done[n.Alias]; v != nil {
		return v
	}
	l.report(n, "the anchor &"+n.Value+" holds itself", "an alias cannot stand inside what it means")
	return &Value{Mark: markOf(n), Kind: Open, size: 1}
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

func (l *loader) pairs(v *Value, n *yaml.Node) {
	var merged []*Value
	seen := map[string]Mark{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, val := n.Content[i], n.Content[i+1]
		if key.Kind == yaml.ScalarNode && key.ShortTag() == "!!merge" {
			merged = append(merged, l.merged(val)...)
			continue
		}
		child := l.value(val)
		if l.fresh(key, seen) {
			v.Pairs = append(v.Pairs, Pair{Mark: markOf(key), Key: key.Value, Value: child})
		}
	}
	for _, m := range merged {
		for _, p := range m.Pairs {
			if _, ok := seen[p.Key]; !ok {
				seen[p.Key] = p.Mark
				v.Pairs = append(v.Pairs, p)
			}
		}
	}
}

// fresh refuses keys that are no words, or are in the mapping already.
func (l *loader) fresh(key *yaml.Node, seen map[string]Mark) bool {
	if key.Kind != yaml.ScalarNode {
		l.report(key, "a key must be a plain word", "")
		return false
	}
	if first, ok := seen[key.Value]; ok {
		l.report(key, fmt.Sprintf("%s is written twice, first on line %d", Quoted(key.Value), first.Line), twice(key.Value))
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

// merged returns the mappings that a << key brings in, the first having precedence.
func (l *loader) merged(n *yaml.Node) []*Value {
	v := l.value(n)
	all := []*Value{v}
	if v.Kind == List {
		all = v.Items
	}
	for _, m := range all {
		if m.Kind != Mapping && m.Kind != Open {
			l.report(n, "<< takes a mapping, not "+m.Noun(), "")
		}
	}
	return all
}

func (l *loader) report(n *yaml.Node, message, hint string) {
	l.faults = append(l.faults, ferry.Fault{Message: message, Hint: hint, Line: n.Line, Column: n.Column})
}
