// Package show prints what the API returns: listings as table, JSON or YAML, and
// errors. It decides nothing and asks nobody.
package show

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"go.yaml.in/yaml/v4"
)

// The formats of a listing.
const (
	Table = "table"
	JSON  = "json"
	YAML  = "yaml"
	Text  = "text"
)

// Data prints v as JSON or YAML, with the names and the order of its JSON form.
func Data(w io.Writer, format string, v any) error {
	data, err := encode(v)
	if err != nil {
		return err
	}
	if format == YAML {
		if data, err = toYAML(data); err != nil {
			return fmt.Errorf("write yaml: %w", err)
		}
	}
	_, err = w.Write(data)
	return err
}

func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("write json: %w", err)
	}
	return b.Bytes(), nil
}

// toYAML reads JSON as the YAML it is and drops its flow style, which keeps the
// order of the keys.
func toYAML(data []byte) ([]byte, error) {
	// YAML takes this one letter for a line break, JSON does not.
	data = bytes.ReplaceAll(data, []byte("\u0085"), []byte(`\u0085`))
	var doc yaml.Node
	if err := yaml.Load(data, &doc); err != nil {
		return nil, err
	}
	block(&doc)
	return yaml.Dump(&doc)
}

func block(n *yaml.Node) {
	n.Style = 0
	if n.Kind == yaml.ScalarNode && n.Tag == "!!str" && wasBoolean(n.Value) {
		n.Style = yaml.SingleQuotedStyle
	}
	for _, c := range n.Content {
		block(c)
	}
}

// wasBoolean reports whether a reader of YAML 1.1 takes the word for true or false.
func wasBoolean(word string) bool {
	switch strings.ToLower(word) {
	case "y", "n", "yes", "no", "on", "off":
		return true
	}
	return false
}

// Rows prints a table: the head in capitals, columns two spaces apart.
func Rows(w io.Writer, head []string, rows [][]string) error {
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(t, strings.ToUpper(strings.Join(head, "\t")))
	for _, r := range rows {
		fmt.Fprintln(t, strings.Join(orDash(r), "\t"))
	}
	return t.Flush()
}

// orDash keeps a table readable by column for tools such as awk.
func orDash(row []string) []string {
	out := make([]string, len(row))
	for i, cell := range row {
		if out[i] = cell; cell == "" {
			out[i] = "-"
		}
	}
	return out
}
