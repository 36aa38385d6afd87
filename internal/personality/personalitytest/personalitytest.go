// Package personalitytest asks personalities in tests as the planner does.
package personalitytest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/personality"
)

// Describe returns what p says of a service, on machines of two cores with the memory
// that it works well with. Beneath, if anything, comes with the request.
func Describe(t *testing.T, p personality.Personality, r personality.Request) ferry.Blueprint {
	t.Helper()
	shapes, err := p.Nodes(r.Service)
	if err != nil {
		t.Fatal(err)
	}
	r.Lineage, r.ID = "sa-1", "se-1"
	for i, s := range shapes {
		r.Nodes = append(r.Nodes, personality.Machine{Name: fmt.Sprintf("%s%d", cmp.Or(s.Stem, p.Card().Host), i), Role: s.Role, Memory: s.Memory, CPUs: 2})
	}
	bp, err := p.Describe(r)
	if err != nil {
		t.Fatal(err)
	}
	return bp
}

// Script returns what is said in a conversation, in the words of its protocol.
func Script[Words any](t *testing.T, a *ferry.Ask) (words Words) {
	t.Helper()
	if a == nil {
		t.Fatal("nothing is asked of a port")
	}
	d := json.NewDecoder(bytes.NewReader(a.Script))
	d.DisallowUnknownFields()
	if err := d.Decode(&words); err != nil {
		t.Fatalf("the script for port %d: %v", a.Port, err)
	}
	return words
}

// File returns the file of that name.
func File(t *testing.T, files []ferry.File, name string) ferry.File {
	t.Helper()
	i := slices.IndexFunc(files, func(f ferry.File) bool { return strings.HasSuffix(f.Path, "/"+name) })
	if i < 0 {
		t.Fatalf("no file %s", name)
	}
	return files[i]
}
