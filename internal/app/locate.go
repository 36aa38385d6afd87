package app

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/ferry-project/ferry"
)

// Locate gives file, line, column and excerpt to the faults in err that were found
// after the file was read. Their paths are from the top of the file; a path that is
// not written there (a default, something missing) is shown at the nearest block
// that is. Other errors, and faults that have a place, are given back as they are.
func (d *Document) Locate(err error) error {
	var e *ferry.Error
	if errors.As(err, &e) && len(e.Faults) > 0 {
		located := *e
		located.Faults = d.locate(e.Faults)
		return &located
	}
	if fs, ok := errors.AsType[ferry.Faults](err); ok {
		return d.locate(fs)
	}
	return err
}

func (d *Document) locate(fs ferry.Faults) ferry.Faults {
	fs = slices.Clone(fs)
	for i, f := range fs {
		if f.Line == 0 && f.File == "" {
			v := find(d.root, f.Path)
			fs[i] = d.place(f, v.line, v.column)
		}
	}
	return fs
}

// place says where in the text a fault is. Without a line it is the file's as a whole.
func (d *Document) place(f ferry.Fault, line, column int) ferry.Fault {
	if line > len(d.lines) { // YAML sees the end one line below the text
		line = len(d.lines)
		column = len([]rune(d.lines[line-1])) + 1
	}
	f.File, f.Line, f.Column = d.name, line, column
	if line < 1 {
		return f
	}
	f.Excerpt = excerpt(d.lines[line-1], column)
	return f
}

const excerptWidth = 160 // characters; a file of one long line has no useful excerpt

// excerpt makes a line fit to be printed with a caret below: one column for each
// character, nothing that a terminal would obey.
func excerpt(line string, column int) string {
	runes := []rune(line)
	if column > excerptWidth || column < 1 {
		return ""
	}
	runes = runes[:min(len(runes), excerptWidth)]
	for i, r := range runes {
		if r == '\t' {
			runes[i] = ' '
		} else if !unicode.IsPrint(r) {
			runes[i] = '?'
		}
	}
	return strings.TrimRight(string(runes), " ")
}

// lines splits as YAML counts lines.
func lines(text string) []string {
	text = strings.TrimPrefix(text, "\ufeff")
	ends := strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n")
	return strings.Split(ends.Replace(text), "\n")
}

// find follows a path as far as it is written and gives the value where it ends.
func find(v *value, path string) *value {
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
func step(v *value, path string) (*value, string) {
	path = strings.TrimPrefix(path, ".")
	i, afterIndex, indexed := index(path)
	switch {
	case v.kind == list && indexed && i < len(v.items):
		return v.items[i], afterIndex
	case v.kind == list && !indexed && len(v.items) == 1:
		return v.items[0], path
	case v.kind == mapping && indexed && i == 0:
		return v, afterIndex
	case v.kind != mapping:
		return nil, path
	}
	if p := longest(v.pairs, path); p != nil {
		return p.value, keyed(path, p.key)
	}
	return nil, path
}

func longest(pairs []pair, path string) *pair {
	var best *pair
	for i, p := range pairs {
		if fits(path, p.key) && (best == nil || len(p.key) > len(best.key)) {
			best = &pairs[i]
		}
	}
	return best
}

// fits tells whether path begins with key, bare or as ["key"].
func fits(path, key string) bool { return key != "" && len(keyed(path, key)) < len(path) }

// keyed gives what follows key in path, or path itself when it does not begin with it.
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
