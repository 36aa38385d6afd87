package app

import (
	"errors"
	"slices"
	"strings"
	"unicode"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/app/tree"
)

// Locate adds file, line, column and excerpt to the faults in err that were found
// after the file was read. Their paths are from the top of the file; a path that is
// not written there (a default, something missing) is shown at the nearest block
// that is. Other errors, and faults that have a place, are returned as they are.
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
			v := tree.Find(d.root, f.Path)
			fs[i] = d.place(f, v.Line, v.Column)
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
