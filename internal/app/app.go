// Package app turns what a user wrote (a file in YAML or JSON, a one-liner, the
// name of a built-in) into a ferry.Application, or into every fault in it at
// once, each with its line, column, excerpt and a hint. It is pure: text and
// data in, data out.
package app

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/app/tree"
	"github.com/ferry-project/ferry/internal/personality"
)

// Options are what the decoder may know of the world; all pure data.
type Options struct {
	// Cards are the personalities there are.
	Cards []personality.Card
	// Answers to the questions: by parameter ("{instances}" or "instances") or by
	// the question's number, from 1, in the order of Document.Questions.
	Answers map[string]string
	// Set are overrides in the file's words: "backend[0].storage.instances" → "3".
	// A value that begins with [ or { is read as YAML, any other is plain text.
	Set map[string]string
	// Image returns the client personality that a connector image of the user's own
	// was built from. Nil: there are no such images.
	Image func(ref string) (client string, ok bool)
}

// Document is an application's text, read but not yet judged. It is never
// changed, so it may be used from several goroutines and as often as wanted.
type Document struct {
	name   string // as given: a file's path, a built-in's name, a one-liner
	title  string // the application's name
	text   string
	lines  []string // for excerpts
	root   *tree.Value
	faults ferry.Faults // of the text's form: duplicate keys, unknown tags
}

// Parse reads YAML or JSON. The name is for messages; its base without ending is
// the application's name. The error is ferry.Faults: the text is not YAML, not one
// document, too large or empty. Everything else waits for Application.
func Parse(name string, text []byte) (*Document, error) {
	d := &Document{name: name, title: title(name), text: string(text), lines: tree.Lines(string(text))}
	root, faults, fatal := tree.Load(text)
	if fatal != nil {
		return nil, ferry.Faults{d.place(*fatal, fatal.Line, fatal.Column)}
	}
	d.root = root
	for _, f := range faults {
		d.faults = append(d.faults, d.place(f, f.Line, f.Column))
	}
	return d, nil
}

func title(name string) string {
	base := filepath.Base(filepath.ToSlash(name))
	for _, ending := range []string{".yaml", ".yml", ".json"} {
		if cut, ok := strings.CutSuffix(base, ending); ok && cut != "" {
			return cut
		}
	}
	return base
}

// Text returns the application as it was written; for a one-liner, the file that
// means the same.
func (d *Document) Text() string { return d.text }

// Questions returns what the application asks: the questions it lists, then one for
// each count of the form ">=N" or ">N", whose parameter is the path of the count
// and whose default is the smallest count allowed. It never fails; faults in the
// questions are reported by Application.
func (d *Document) Questions() []ferry.Question {
	dec := decoder{doc: d}
	return dec.questions(tree.Place{Value: d.root})
}

// Application returns the application with its questions answered, overrides set,
// defaults filled in and names made canonical. The error is ferry.Faults: every
// fault of the file in the order of its lines. With it comes what could be read, for
// others to find faults in.
func (d *Document) Application(o Options) (ferry.Application, error) {
	dec := decoder{doc: d, cards: o.Cards, image: o.Image, faults: slices.Clone(d.faults)}
	root := dec.override(d.root, o.Set)
	p := tree.Place{Value: root}
	questions := dec.questions(p)
	dec.collect(o.Answers, questions)
	a := ferry.Application{Name: d.title, Questions: questions}
	dec.application(tree.Place{Value: dec.fill(p, questions)}, &a)
	if len(dec.faults) > 0 {
		return a, sorted(dec.faults)
	}
	return a, nil
}

// Join returns the faults of Application and those that others found, each at its
// place, in the order of the file.
func (d *Document) Join(faults, found ferry.Faults) ferry.Faults {
	return sorted(slices.Concat(faults, d.locate(found)))
}

// sorted puts faults in the order of the file, those with no line last, and
// leaves out what was said already (an alias shows the same value twice).
func sorted(fs ferry.Faults) ferry.Faults {
	rank := func(f ferry.Fault) int {
		if f.Line == 0 {
			return 1 << 30
		}
		return f.Line
	}
	slices.SortStableFunc(fs, func(a, b ferry.Fault) int {
		if d := rank(a) - rank(b); d != 0 {
			return d
		}
		return a.Column - b.Column
	})
	fs = slices.CompactFunc(fs, func(a, b ferry.Fault) bool {
		return a.Line > 0 && a.Line == b.Line && a.Column == b.Column && a.Message == b.Message
	})
	if more := len(fs) - mostFaults; more > 0 {
		fs = append(fs[:mostFaults:mostFaults], ferry.Fault{File: fs[0].File, Message: fmt.Sprintf("there are %d more faults", more)})
	}
	return fs
}

// mostFaults caps how many faults are reported; a file with more is not an application.
const mostFaults = 200
