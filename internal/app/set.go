package app

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/app/tree"
)

const setSource = "--set"

// override returns the tree with every override in it, in the order of their paths.
func (d *decoder) override(root *tree.Value, set map[string]string) *tree.Value {
	for _, path := range slices.SortedFunc(maps.Keys(set), naturally) {
		changed, err := tree.Put(root, path, written(set[path]))
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
func written(text string) *tree.Value {
	t := strings.TrimSpace(text)
	if placeholder.MatchString(t) || !strings.HasPrefix(t, "[") && !strings.HasPrefix(t, "{") {
		return tree.Plain(text)
	}
	return tree.Flow(text)
}
