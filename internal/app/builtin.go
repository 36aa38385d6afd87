package app

import (
	"embed"
	"io/fs"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/app/tree"
)

//go:embed builtin/*.yaml
var builtin embed.FS

// BuiltinApp is an application that comes with Ferry.
type BuiltinApp struct {
	Name     string
	Metadata ferry.Metadata
	Text     string
}

// Builtin returns the built-in application of that name.
func Builtin(name string) (*Document, bool) {
	text, err := fs.ReadFile(builtin, "builtin/"+name+".yaml")
	if err != nil {
		return nil, false
	}
	d, err := Parse(name, text)
	return d, err == nil
}

// Builtins returns every built-in application, by name.
func Builtins() []BuiltinApp {
	var out []BuiltinApp
	files, _ := fs.Glob(builtin, "builtin/*.yaml") // the pattern is right
	for _, file := range files {
		if d, ok := Builtin(title(file)); ok {
			dec := decoder{doc: d}
			m := dec.metadata(tree.Place{Value: d.root}.Key("metadata"))
			out = append(out, BuiltinApp{Name: d.title, Metadata: m, Text: d.text})
		}
	}
	return out
}
