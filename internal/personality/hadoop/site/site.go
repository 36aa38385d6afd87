// Package site renders the *-site.xml files of Hadoop and Hive, with the user's
// own settings over Ferry's.
package site

import (
	"encoding/xml"
	"fmt"
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
	XMLName xml.Name `xml:"property"`
	Name    string   `xml:"name"`
	Value   string   `xml:"value"`
}

// XML is the file, one line for each key, in their order.
func (p Properties) XML() string {
	var b strings.Builder
	b.WriteString("<configuration>\n")
	for _, k := range slices.Sorted(maps.Keys(p)) {
		line, _ := xml.Marshal(property{Name: k, Value: p[k]}) // two strings: nothing can fail
		fmt.Fprintf(&b, "  %s\n", line)
	}
	b.WriteString("</configuration>\n")
	return b.String()
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
