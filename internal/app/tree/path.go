package tree

import (
	"strconv"
	"strings"
)

// Find follows a path as far as it is written and returns the value where it ends.
func Find(v *Value, path string) *Value {
	for path != "" {
		next, rest := step(v, path)
		if next == nil {
			break
		}
		v, path = next, rest
	}
	return v
}

// step goes down by one key or index. A list of one may go without its index, and
// a single backend without its list with one. Keys may hold dots: the longest
// key that fits is meant.
func step(v *Value, path string) (*Value, string) {
	path = strings.TrimPrefix(path, ".")
	i, afterIndex, indexed := index(path)
	switch {
	case v.Kind == List && indexed && i < len(v.Items):
		return v.Items[i], afterIndex
	case v.Kind == List && !indexed && len(v.Items) == 1:
		return v.Items[0], path
	case v.Kind == Mapping && indexed && i == 0:
		return v, afterIndex
	case v.Kind != Mapping:
		return nil, path
	}
	if p := longest(v.Pairs, path); p != nil {
		return p.Value, keyed(path, p.Key)
	}
	return nil, path
}

func longest(pairs []Pair, path string) *Pair {
	var best *Pair
	for i, p := range pairs {
		if fits(path, p.Key) && (best == nil || len(p.Key) > len(best.Key)) {
			best = &pairs[i]
		}
	}
	return best
}

// fits reports whether path begins with key, bare or as ["key"].
func fits(path, key string) bool { return key != "" && len(keyed(path, key)) < len(path) }

// keyed returns what follows key in path, or path itself when it does not begin with it.
func keyed(path, key string) string {
	if rest, ok := strings.CutPrefix(path, "["+strconv.Quote(key)+"]"); ok {
		return rest
	}
	rest, ok := strings.CutPrefix(path, key)
	if ok && (rest == "" || rest[0] == '.' || rest[0] == '[') {
		return rest
	}
	return path
}

// index reads "[3]rest".
func index(path string) (i int, rest string, ok bool) {
	inner, found := strings.CutPrefix(path, "[")
	if !found {
		return 0, path, false
	}
	digits, rest, found := strings.Cut(inner, "]")
	i, err := strconv.Atoi(digits)
	return i, rest, found && err == nil && i >= 0
}
