package app

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/app/tree"
	"github.com/ferry-project/ferry/internal/personality"
)

// OneLiner reads an application in one line: a storage, and what stands on it, each
// with its number of instances: "gluster:3", "gluster:3+mpi:4". A layer or compute
// belongs to what stands before it. With client, the client of the top-most service
// that has one is brought along, unless a connector is named.
//
// ok false: the target is no one-liner at all; a plain word is one only when it is
// the name of a personality. ok true with an error (ferry.Faults): it is one, and
// this is wrong with it. Of the document, Text is the file that means the same.
func OneLiner(target string, cards []personality.Card, client bool) (doc *Document, ok bool, err error) {
	words, ok := splitLine(target, cards)
	if !ok {
		return nil, false, nil
	}
	l := liner{cards: cards, doc: &Document{name: target, title: target, lines: tree.Lines(target)}}
	l.read(words, client)
	if len(l.faults) > 0 {
		return nil, true, l.faults
	}
	doc, err = l.document()
	if err == nil {
		_, err = doc.Application(Options{Cards: cards})
	}
	return doc, true, err
}

// lineWord is one "name:count" of a one-liner.
type lineWord struct {
	name, count string
	counted     bool // there is a colon
	column      int  // of name
	card        personality.Card
}

var wordForm = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]*$`)

// splitLine takes a line apart; ok false when it has not the shape of a one-liner.
func splitLine(target string, cards []personality.Card) (words []lineWord, ok bool) {
	if len(target) > 1000 || !utf8.ValidString(target) || strings.ContainsAny(target, "/\\.\n\r") {
		return nil, false
	}
	column := 1
	for part := range strings.SplitSeq(target, "+") {
		name, count, counted := strings.Cut(part, ":")
		if !wordForm.MatchString(name) {
			return nil, false
		}
		words = append(words, lineWord{name: name, count: count, counted: counted, column: column})
		column += len([]rune(part)) + 1
	}
	if strings.ContainsAny(target, ":+") {
		return words, true
	}
	_, known := lookup(cards, target)
	return words, known || isHistoric(target)
}

// liner builds the file that a one-liner stands for.
type liner struct {
	doc    *Document
	cards  []personality.Card
	faults ferry.Faults

	storage    *lineBlock
	compute    []*lineBlock
	connectors []*lineBlock
}

type lineBlock struct {
	lineWord
	layers []lineWord
}

func (l *liner) fault(column int, message, hint string) {
	f := ferry.Fault{Message: message, Hint: hint}
	l.faults = append(l.faults, l.doc.place(f, 1, column))
}

func (l *liner) read(words []lineWord, client bool) {
	for i, w := range words {
		c, ok := lookup(l.cards, w.name)
		if !ok {
			class := ferry.Class("")
			if i == 0 {
				class = ferry.Storage
			}
			message, hint := unknown(l.cards, w.name, class)
			l.fault(w.column, message, hint)
			continue
		}
		w.card = c
		l.add(w, i == 0)
	}
	if client && len(l.connectors) == 0 {
		l.bringClient(words)
	}
}

func (l *liner) add(w lineWord, first bool) {
	switch {
	case first && w.card.Class != ferry.Storage:
		l.fault(w.column, fmt.Sprintf("%s is a %s, and an application begins with a storage", w.name, w.card.Class), l.under(w))
	case first:
		l.storage = &lineBlock{lineWord: w}
	case w.card.Class == ferry.Storage:
		l.fault(w.column, fmt.Sprintf("%s is a second storage", w.name), "one line has one storage; several take a file")
	case w.card.Class == ferry.Compute:
		l.compute = append(l.compute, &lineBlock{lineWord: w})
	case w.card.Class == ferry.Connector:
		l.connectors = append(l.connectors, &lineBlock{lineWord: w})
	case w.counted:
		l.fault(w.column, w.name+" is a layer, which has no number of instances", "write "+w.name+" alone")
	default:
		l.addLayer(w)
	}
}

// under shows a storage that a compute or layer could follow.
func (l *liner) under(w lineWord) string {
	if len(w.card.On) == 0 {
		return ""
	}
	return "such as " + w.card.On[0] + "+" + w.name
}

// addLayer adds a layer to the last service before it that can have it.
func (l *liner) addLayer(w lineWord) {
	for _, v := range slices.Backward(l.compute) {
		if w.card.Stands(v.card.Name) {
			v.layers = append(v.layers, w)
			return
		}
	}
	if l.storage != nil {
		l.storage.layers = append(l.storage.layers, w)
	}
}

func (l *liner) bringClient(words []lineWord) {
	for _, word := range slices.Backward(words) {
		c, _ := lookup(l.cards, word.name)
		if client, ok := lookup(l.cards, c.Client); ok && c.Client != "" {
			l.connectors = append(l.connectors, &lineBlock{lineWord: lineWord{name: client.Name, column: 1}})
			return
		}
	}
}

// document writes the file, reads it, and returns every value the place in the line
// that it comes from.
func (l *liner) document() (*Document, error) {
	var b strings.Builder
	b.WriteString("backend:\n  - storage:\n")
	l.storage.write(&b, "      ")
	if len(l.compute) > 0 {
		b.WriteString("    compute:\n")
	}
	for _, c := range l.compute {
		b.WriteString("      -\n")
		c.write(&b, "        ")
	}
	if len(l.connectors) > 0 {
		b.WriteString("connectors:\n")
	}
	for _, c := range l.connectors {
		b.WriteString("  -\n")
		c.write(&b, "    ")
	}
	d, err := Parse(l.doc.name, []byte(b.String()))
	if err != nil {
		return nil, fmt.Errorf("write %s as a file: %w", l.doc.name, err)
	}
	d.title, d.lines = l.doc.title, l.doc.lines
	d.root = l.placed(d.root)
	return d, nil
}

// write prints a block. The count goes out as JSON text, so that nothing in it
// can become a part of the file.
func (c *lineBlock) write(b *strings.Builder, indent string) {
	fmt.Fprintf(b, "%spersonality: %s\n", indent, c.name)
	if c.counted {
		count, _ := json.Marshal(c.count) // a string always marshals
		if digits.MatchString(c.count) {
			count = []byte(c.count)
		}
		fmt.Fprintf(b, "%sinstances: %s\n", indent, count)
	}
	if len(c.layers) > 0 {
		names := make([]string, len(c.layers))
		for i, w := range c.layers {
			names[i] = w.name
		}
		fmt.Fprintf(b, "%slayers: [%s]\n", indent, strings.Join(names, ", "))
	}
}

// placed returns the tree with places in the line instead of the file.
func (l *liner) placed(root *tree.Value) *tree.Value {
	v := root.At(tree.Mark{Line: 1, Column: 1})
	backend := v.Get("backend").Items[0]
	l.storage.place(backend.Get("storage"))
	for i, c := range l.compute {
		c.place(backend.Get("compute").Items[i])
	}
	for i, c := range l.connectors {
		c.place(v.Get("connectors").Items[i])
	}
	return v
}

func (c *lineBlock) place(v *tree.Value) {
	*v = *v.At(tree.Mark{Line: 1, Column: c.column})
	if count := v.Get("instances"); count != nil {
		count.Column += len(c.name) + 1
	}
	for i, w := range c.layers {
		v.Get("layers").Items[i].Column = w.column
	}
}
