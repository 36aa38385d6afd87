package personality

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/ferry-project/ferry"
)

// CheckWords finds fault with a user's options, settings and variables that would
// be something else where they are written down: most files are read line by line,
// so a value of two lines would be two settings. cards are those of the block's
// personality and of its layers; the files of one that has Card.XML may hold
// several lines. What a setting means is each personality's own to check.
func CheckWords(s ferry.Service, cards ...Card) ferry.Faults {
	var faults ferry.Faults
	for _, k := range slices.Sorted(maps.Keys(s.Args)) {
		faults = append(faults, word{path: "args", key: k, value: s.Args[k]}.check()...)
	}
	for _, group := range slices.Sorted(maps.Keys(s.Config)) {
		xml := inXML(group, cards)
		for _, k := range slices.Sorted(maps.Keys(s.Config[group])) {
			w := word{path: "config." + group, key: k, value: s.Config[group][k], setting: true, lines: xml}
			faults = append(faults, w.check()...)
		}
	}
	for _, k := range slices.Sorted(maps.Keys(s.Env)) {
		faults = append(faults, word{path: "env", key: k, value: s.Env[k], lines: true, raw: true}.check()...)
	}
	return faults
}

func inXML(group string, cards []Card) bool {
	return slices.ContainsFunc(cards, func(c Card) bool { return c.XML && c.Config[group] != "" })
}

// word is one key with its value.
type word struct {
	path, key, value string
	setting          bool // its key is written into a file too
	lines            bool // its value may have several
	raw              bool // its value may hold signs that no file of text has
}

func (w word) check() ferry.Faults {
	f := ferry.Fault{Path: strings.TrimSuffix(w.path+"."+w.key, ".")}
	name := w.key
	if name == "" {
		name = "it"
	}
	switch sign, bad := w.forbidden(); {
	case w.setting && w.badKey():
		f.Path, f.Message = w.path, fmt.Sprintf("%q cannot be the name of a setting", w.key)
	case bad && isBreak(sign):
		f.Message, f.Hint = name+" must be on one line", "a second line would be read as another setting"
	case bad:
		f.Message = fmt.Sprintf("%s holds the control character %U, which cannot be written down", name, sign)
	case strings.Contains(w.value, ferry.SecretMark):
		f.Message = fmt.Sprintf("%s holds %s…, which stands for a secret of Ferry's own", name, ferry.SecretMark)
	default:
		return nil
	}
	return ferry.Faults{f}
}

// forbidden returns the first sign that the value must not hold.
func (w word) forbidden() (rune, bool) {
	i := strings.IndexFunc(w.value, func(r rune) bool {
		switch {
		case r == 0:
			return true
		case w.raw || r == '\t':
			return false
		case isBreak(r):
			return !w.lines || r != '\n' && r != '\r'
		}
		return unicode.IsControl(r)
	})
	if i < 0 {
		return 0, false
	}
	return []rune(w.value[i:])[0], true
}

// badKey reports whether a key would not be read as it is written: in a file of
// lines no key has a blank, a quote, or what ends a key or begins a comment.
func (w word) badKey() bool {
	return w.key == "" || strings.Contains(w.key, ferry.SecretMark) || strings.ContainsFunc(w.key, func(r rune) bool {
		return unicode.IsControl(r) || unicode.IsSpace(r) || !w.lines && strings.ContainsRune("=:#!\\\"'`", r)
	})
}

// isBreak reports whether some reader of lines, YAML's for one, takes a sign for
// the end of one.
func isBreak(r rune) bool { return strings.ContainsRune("\n\r\v\f\u0085\u2028\u2029", r) }
