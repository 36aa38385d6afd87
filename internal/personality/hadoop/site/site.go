// Package site renders the *-site.xml files of Hadoop and Hive, with the user's
// own settings over Ferry's.
package site

import (
	"encoding/xml"
	"maps"
	"slices"
	"strings"

	"github.com/ferry-project/ferry"
)

// Dir is where the nodes and clients have the files of Hadoop.
const Dir = "/service/conf/hadoop"

// Properties are the settings of one file.
type Properties map[string]string

// With gives the settings with more of them on top.
func (p Properties) With(more map[string]string) Properties {
	out := maps.Clone(p)
	maps.Copy(out, more)
	return out
}

type property struct {
	Name  string `xml:"name"`
	Value string `xml:"value"`
}

type configuration struct {
	XMLName    xml.Name   `xml:"configuration"`
	Properties []property `xml:"property"`
}

// XML is the file, in the order of the keys.
func (p Properties) XML() string {
	var c configuration
	for _, k := range slices.Sorted(maps.Keys(p)) {
		c.Properties = append(c.Properties, property{k, p[k]})
	}
	var b strings.Builder
	e := xml.NewEncoder(&b)
	e.Indent("", "  ")
	_ = e.Encode(c) // strings in a strings.Builder: nothing can fail
	return b.String() + "\n"
}

// Files are settings by the name of their file: "core-site".
type Files map[string]Properties

// Render gives the files below dir.
func (f Files) Render(dir string) []ferry.File {
	var out []ferry.File
	for _, name := range slices.Sorted(maps.Keys(f)) {
		out = append(out, ferry.File{Path: dir + "/" + name + ".xml", Content: f[name].XML()})
	}
	return out
}

// With gives the files with the user's settings over Ferry's.
func (f Files) With(config map[string]map[string]string) Files {
	out := Files{}
	for name, p := range f {
		out[name] = p.With(config[name])
	}
	return out
}
