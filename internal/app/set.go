package app

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/ferry-project/ferry"
)

const setSource = "--set"

// override gives the tree with every override in it, in the order of their paths.
func (d *decoder) override(root *value, set map[string]string) *value {
	for _, path := range slices.SortedFunc(maps.Keys(set), naturally) {
		changed, err := put(root, path, nil, written(set[path]))
		if err != nil {
			d.faults = append(d.faults, ferry.Fault{File: setSource, Path: path, Message: err.Error()})
			continue
		}
		root = changed
	}
	return root
}

// naturally orders paths so that [2] comes before [10], as appending needs it.
func naturally(a, b string) int {
	cut := func(r rune) bool { return r == '[' || r == ']' }
	return slices.CompareFunc(strings.FieldsFunc(a, cut), strings.FieldsFunc(b, cut), func(x, y string) int {
		m, errX := strconv.Atoi(x)
		n, errY := strconv.Atoi(y)
		if errX == nil && errY == nil {
			return m - n
		}
		return strings.Compare(x, y)
	})
}

// written reads the text of an override. Only lists and mappings are YAML; a
// placeholder, ">=3" and the like would mean something else there.
func written(text string) *value {
	plain := &value{mark: mark{set: true}, text: text, tag: "!!str", size: 1}
	t := strings.TrimSpace(text)
	if placeholder.MatchString(t) || !strings.HasPrefix(t, "[") && !strings.HasPrefix(t, "{") {
		return plain
	}
	l := loader{doc: &Document{}}
	node, fault := compose([]byte(t))
	if fault != nil {
		return plain
	}
	l.done = map[*yaml.Node]*value{}
	v := l.value(node)
	if len(l.faults) > 0 || v.size > maxValues {
		return plain
	}
	return v.asSet()
}

// asSet takes the places out of a value: they are not places of the file.
func (v *value) asSet() *value {
	c := *v
	c.mark = mark{set: true}
	c.items, c.pairs = nil, nil
	for _, i := range v.items {
		c.items = append(c.items, i.asSet())
	}
	for _, p := range v.pairs {
		c.pairs = append(c.pairs, pair{mark: c.mark, key: p.key, value: p.value.asSet()})
	}
	return &c
}

// put gives v with the value at path replaced by to, making what is missing on
// the way. The trail is the keys that led to v.
func put(v *value, path string, trail []string, to *value) (*value, error) {
	path = strings.TrimPrefix(path, ".")
	if path == "" {
		if len(trail) == 0 {
			return v, fmt.Errorf("an override needs a path, such as backend[0].storage.instances")
		}
		return to, nil
	}
	i, rest, indexed := index(path)
	if v == nil || v.null() {
		v = &value{mark: mark{set: true}, kind: mapping}
		if indexed {
			v.kind = list
		}
	}
	switch {
	case v.kind == list && indexed:
		return putItem(v, i, rest, append(trail, "[]"), to)
	case v.kind == list && len(v.items) == 1:
		return putItem(v, 0, path, append(trail, "[]"), to)
	case v.kind == mapping && indexed && i == 0 && len(trail) > 0:
		return put(v, rest, append(trail, "[]"), to)
	case v.kind == mapping && !indexed:
		return putKey(v, path, trail, to)
	}
	return nil, fmt.Errorf("nothing can lie below %s there", v.noun())
}

func putItem(v *value, i int, rest string, trail []string, to *value) (*value, error) {
	if i > len(v.items) {
		return nil, fmt.Errorf("the list has %d items, so [%d] is the next to be added", len(v.items), len(v.items))
	}
	c := *v
	c.items = slices.Clone(v.items)
	if i == len(v.items) {
		c.items = append(c.items, nil)
	}
	item, err := put(c.items[i], rest, trail, to)
	c.items[i] = item
	return &c, err
}

func putKey(v *value, path string, trail []string, to *value) (*value, error) {
	c := *v
	c.pairs = slices.Clone(v.pairs)
	p := longest(c.pairs, path)
	if p == nil {
		key := firstKey(path, trail)
		if key == "" {
			return nil, fmt.Errorf("%q is no path of the file", path)
		}
		c.pairs = append(c.pairs, pair{mark: mark{set: true}, key: key})
		p = &c.pairs[len(c.pairs)-1]
	}
	rest := keyed(path, p.key)
	if rest == path {
		return nil, fmt.Errorf("%q is no path of the file", path)
	}
	child, err := put(p.value, rest, append(trail, p.key), to)
	p.value = child
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
