package tree

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Plain returns a value that is set, not written in the file.
func Plain(text string) *Value {
	return &Value{Mark: Mark{Set: true}, Text: text, Tag: "!!str", size: 1}
}

// Flow reads a list or mapping that is set; text that is none is a plain value.
func Flow(text string) *Value {
	node, fault := compose([]byte(strings.TrimSpace(text)))
	if fault != nil {
		return Plain(text)
	}
	l := loader{done: map[*yaml.Node]*Value{}}
	v := l.value(node)
	if len(l.faults) > 0 || v.size > maxValues {
		return Plain(text)
	}
	return v.At(Mark{Set: true})
}

// Put returns v with the value at path replaced by to, making what is missing on
// the way.
func Put(v *Value, path string, to *Value) (*Value, error) { return put(v, path, nil, to) }

// At returns a copy in which everything stands at one place.
func (v *Value) At(m Mark) *Value {
	c := *v
	c.Mark = m
	c.Items, c.Pairs = nil, nil
	for _, i := range v.Items {
		c.Items = append(c.Items, i.At(m))
	}
	for _, p := range v.Pairs {
		c.Pairs = append(c.Pairs, Pair{Mark: m, Key: p.Key, Value: p.Value.At(m)})
	}
	return &c
}

// put is Put below the keys of the trail.
func put(v *Value, path string, trail []string, to *Value) (*Value, error) {
	path = strings.TrimPrefix(path, ".")
	if path == "" {
		if len(trail) == 0 {
			return v, fmt.Errorf("an override needs a path, such as backend[0].storage.instances")
		}
		return to, nil
	}
	i, rest, indexed := index(path)
	if v == nil || v.Null() {
		v = &Value{Mark: Mark{Set: true}, Kind: Mapping}
		if indexed {
			v.Kind = List
		}
	}
	switch {
	case v.Kind == List && indexed:
		return putItem(v, i, rest, append(trail, "[]"), to)
	case v.Kind == List && len(v.Items) == 1:
		return putItem(v, 0, path, append(trail, "[]"), to)
	case v.Kind == Mapping && indexed && i == 0 && len(trail) > 0:
		return put(v, rest, append(trail, "[]"), to)
	case v.Kind == Mapping && !indexed:
		return putKey(v, path, trail, to)
	}
	return nil, fmt.Errorf("nothing can lie below %s there", v.Noun())
}

func putItem(v *Value, i int, rest string, trail []string, to *Value) (*Value, error) {
	if i > len(v.Items) {
		return nil, fmt.Errorf("the list has %d items, so [%d] is the next to be added", len(v.Items), len(v.Items))
	}
	c := *v
	c.Items = slices.Clone(v.Items)
	if i == len(v.Items) {
		c.Items = append(c.Items, nil)
	}
	item, err := put(c.Items[i], rest, trail, to)
	c.Items[i] = item
	return &c, err
}

func putKey(v *Value, path string, trail []string, to *Value) (*Value, error) {
	c := *v
	c.Pairs = slices.Clone(v.Pairs)
	p := longest(c.Pairs, path)
	if p == nil {
		key := firstKey(path, trail)
		if key == "" {
			return nil, fmt.Errorf("%q is no path of the file", path)
		}
		c.Pairs = append(c.Pairs, Pair{Mark: Mark{Set: true}, Key: key})
		p = &c.Pairs[len(c.Pairs)-1]
	}
	rest := keyed(path, p.Key)
	if rest == path {
		return nil, fmt.Errorf("%q is no path of the file", path)
	}
	child, err := put(p.Value, rest, append(trail, p.Key), to)
	p.Value = child
	return &c, err
}

// firstKey reads a key that is not in the file yet. What lies below args, env and
// a file of config is the user's own: dots belong to the key there.
func firstKey(path string, trail []string) string {
	n := len(trail)
	own := n > 0 && (trail[n-1] == "args" || trail[n-1] == "env") || n > 1 && trail[n-2] == "config"
	if quoted, err := strconv.QuotedPrefix(strings.TrimPrefix(path, "[")); err == nil && path[0] == '[' {
		key, _ := strconv.Unquote(quoted)
		return key
	}
	if own {
		return path
	}
	if i := strings.IndexAny(path, ".["); i >= 0 {
		return path[:i]
	}
	return path
}
