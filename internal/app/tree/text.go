package tree

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"github.com/ferry-project/ferry"
)

const maxText = 1 << 20

// readable refuses what is no text at all before YAML gets to see it.
func readable(text []byte) *ferry.Fault {
	if len(text) > maxText {
		return &ferry.Fault{Message: fmt.Sprintf("the file is larger than 1 MiB (%d bytes), which no application is", len(text))}
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return empty()
	}
	control := func(r rune) bool { return r == 0x7f || r < 0x20 && r != '\t' && r != '\n' && r != '\r' }
	if utf8.Valid(text) && !bytes.ContainsFunc(text, control) {
		return nil
	}
	return &ferry.Fault{
		Message: "this is not a text file: it holds bytes that no UTF-8 text has",
		Hint:    "an application is a YAML or JSON file",
	}
}

var surrogates = regexp.MustCompile(`\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}`)

// joinSurrogates makes JSON's way of writing a character beyond U+FFFF readable
// for YAML, of which JSON is a part but for this.
func joinSurrogates(text []byte) []byte {
	if !surrogates.Match(text) || !json.Valid(text) {
		return text
	}
	return surrogates.ReplaceAllFunc(text, func(b []byte) []byte {
		var s string
		if json.Unmarshal(slices.Concat([]byte(`"`), b, []byte(`"`)), &s) != nil {
			return b
		}
		r, _ := utf8.DecodeRuneInString(s)
		return fmt.Appendf(nil, `\U%08X`, r)
	})
}

// compose reads the one document of the text.
func compose(text []byte) (*yaml.Node, *ferry.Fault) {
	dec := yaml.NewDecoder(bytes.NewReader(text))
	var doc, second yaml.Node
	err := dec.Decode(&doc)
	if errors.Is(err, io.EOF) {
		return nil, empty()
	}
	if err == nil {
		err = dec.Decode(&second)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, notYAML(err)
	}
	if err == nil && !blank(&second) {
		return nil, &ferry.Fault{
			Line: second.Line, Column: second.Column,
			Message: "the file holds more than one document",
			Hint:    "one file is one application: remove what follows ---",
		}
	}
	if len(doc.Content) == 0 {
		return nil, empty()
	}
	return doc.Content[0], nil
}

func blank(doc *yaml.Node) bool {
	return len(doc.Content) == 0 || doc.Content[0].Kind == yaml.ScalarNode && doc.Content[0].ShortTag() == "!!null"
}

// notYAML puts the parser's complaint into a sentence.
func notYAML(err error) *ferry.Fault {
	var le *yaml.LoadError
	if !errors.As(err, &le) {
		return &ferry.Fault{Message: "not valid YAML or JSON: " + strings.TrimPrefix(err.Error(), "yaml: ")}
	}
	f := &ferry.Fault{Line: le.Mark.Line, Column: le.Mark.Column, Message: "not valid YAML or JSON: " + le.Message}
	if le.ContextMsg != "" && le.ContextMark.Line > 0 && le.ContextMark.Line != le.Mark.Line {
		f.Message += fmt.Sprintf(" %s that begins on line %d", le.ContextMsg, le.ContextMark.Line)
	}
	switch {
	case strings.Contains(le.Message, "cannot start any token"):
		f.Hint = "indent with spaces, not tabs, and put quotes round a value that begins with @, % or a backquote"
	case strings.Contains(le.Message, "mapping values are not allowed"):
		f.Hint = "the indentation is wrong, or a value with a colon needs quotes"
	}
	return f
}

func empty() *ferry.Fault {
	return &ferry.Fault{Message: "the file is empty", Hint: "an application has at least a backend with one storage"}
}

// Lines splits as YAML counts lines.
func Lines(text string) []string {
	text = strings.TrimPrefix(text, "\ufeff")
	ends := strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n")
	return strings.Split(ends.Replace(text), "\n")
}
