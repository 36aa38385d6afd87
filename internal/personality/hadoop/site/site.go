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

// Files that name the workers which are to leave. Both are empty at first, so that a
// leave needs no other configuration.
const (
	HDFSExclude = Dir + "/dfs.exclude"
	YARNExclude = Dir + "/yarn.exclude"
)

// Excludes returns the empty files for a master.
func Excludes() []ferry.File {
	return []ferry.File{{Path: HDFSExclude}, {Path: YARNExclude}}
}

// Exclude is the command that writes who is to leave into one of them, instead of those
// who are in it.
func Exclude(file string, names ...string) []string {
	return append([]string{"/bin/sh", "-c", `printf '%s\n' "$@" >"$0"`, file}, names...)
}

// Properties are the settings of one file.
type Properties map[string]string

// added are the keys whose value holds what the JVMs of containers need: what a user
// sets there is put behind it, where it has the last word.
var added = []string{
	"mapreduce.admin.map.child.java.opts", "mapreduce.admin.reduce.child.java.opts", "yarn.app.mapreduce.am.admin-command-opts",
	"tez.am.launch.cluster-default.cmd-opts", "tez.task.launch.cluster-default.cmd-opts",
}

// With returns the settings with more of them on top.
func (p Properties) With(more map[string]string) Properties {
	out := maps.Clone(p)
	for k, v := range more {
		if needed := p[k]; needed != "" && slices.Contains(added, k) {
			v = needed + " " + v
		}
		out[k] = v
	}
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

// Render returns the files below dir.
func (f Files) Render(dir string) []ferry.File {
	var out []ferry.File
	for _, name := range slices.Sorted(maps.Keys(f)) {
		out = append(out, ferry.File{Path: dir + "/" + name + ".xml", Content: f[name].XML()})
	}
	return out
}

// With returns the files with the user's settings over Ferry's.
func (f Files) With(config map[string]map[string]string) Files {
	out := Files{}
	for name, p := range f {
		out[name] = p.With(config[name])
	}
	return out
}
