package arch

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/app"
	"github.com/ferry-project/ferry/internal/personality"
	"github.com/ferry-project/ferry/internal/personality/all"
	"github.com/ferry-project/ferry/internal/plan"
	"github.com/ferry-project/ferry/internal/server"
)

var yamlBlock = regexp.MustCompile("(?s)```yaml\n(.*?)```")

// An application of one line has a colon or a plus.
var oneLiner = regexp.MustCompile(`ferry (?:start|plan|run) ([a-z-]+[:+][a-z0-9:+-]+)`)

// Every application in a document is one that Ferry takes.
func TestApplicationsInDocumentsCanBePlanned(t *testing.T) {
	found := 0
	for _, doc := range documents(t) {
		for _, m := range yamlBlock.FindAllStringSubmatch(read(t, doc), -1) {
			if strings.Contains(m[1], "backend:") {
				found++
				planned(t, doc, m[1])
			}
		}
	}
	if found == 0 {
		t.Error("no application found: the test looks at nothing")
	}
}

// The READMEs say how to publish a service's own port, and it leads there.
func TestPortsInDocumentsLeadToServices(t *testing.T) {
	want := map[string][]string{
		"cassandra":  {"cassandra0 127.0.0.1:19042->9042", "cassandra1 0.0.0.0:19043->9042"},
		"kafka":      {"kafka0 127.0.0.1:29092->19092"},
		"janusgraph": {"titan0 127.0.0.1:18182->8182"},
		"hive":       {"hive0 127.0.0.1:10000->10000", "hive0 127.0.0.1:20000->9083"},
		"hadoop":     {"hadoop0 127.0.0.1:9000->9000", "hadoop0 127.0.0.1:20000->8032", "hadoop2 127.0.0.1:19864->9864"},
	}
	for name, ports := range want {
		doc := "internal/personality/" + name + "/README.md"
		var all []string
		for _, m := range yamlBlock.FindAllStringSubmatch(read(t, doc), -1) {
			all = append(all, published(planned(t, doc, m[1]))...)
		}
		for _, p := range ports {
			if !slices.Contains(all, p) {
				t.Errorf("%s: no example publishes %q but %q", doc, p, all)
			}
		}
	}
}

// So is every application of one line.
func TestOneLinersInDocumentsCanBePlanned(t *testing.T) {
	found := 0
	for _, doc := range documents(t) {
		for _, m := range oneLiner.FindAllStringSubmatch(read(t, doc), -1) {
			found++
			d, ok, err := app.OneLiner(m[1], all.Personalities().Cards(), true)
			if err != nil || !ok {
				t.Errorf("%s: %s: %v", doc, m[1], err)
				continue
			}
			plannedDocument(t, doc+": "+m[1], d)
		}
	}
	if found == 0 {
		t.Error("no one-liner found: the test looks at nothing")
	}
}

func published(p ferry.Plan) (ports []string) {
	for _, n := range p.Nodes {
		for _, port := range n.Ports {
			if port.Host > 0 {
				ports = append(ports, fmt.Sprintf("%s %s->%d", n.Name, port.Published(), port.Container))
			}
		}
	}
	return ports
}

func planned(t *testing.T, name, text string) ferry.Plan {
	t.Helper()
	d, err := app.Parse(name, []byte(text))
	if err != nil {
		t.Errorf("%v", err)
		return ferry.Plan{}
	}
	return plannedDocument(t, name, d)
}

func plannedDocument(t *testing.T, name string, d *app.Document) ferry.Plan {
	t.Helper()
	a, err := d.Application(app.Options{Cards: all.Personalities().Cards()})
	if err != nil {
		t.Errorf("%v", err)
		return ferry.Plan{}
	}
	p, err := plan.New(plan.Input{
		Stack: "sa-00000000", Application: a, Catalogue: all.Personalities(),
		Host: ferry.Host{ID: ferry.LocalHost, Memory: 32 << 30, CPUs: 4},
	})
	if err != nil {
		t.Errorf("%s: %v", name, err)
	}
	return p
}

// docs/architecture.md names every file of a home.
func TestFilesOnDiskAreDocumented(t *testing.T) {
	doc := read(t, "docs/architecture.md")
	p := server.PathsOf("/home")
	for _, path := range []string{p.Store, p.Lock, p.Socket, p.Log, p.Cache} {
		rel, err := filepath.Rel("/home", path)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(doc, "`"+rel) {
			t.Errorf("docs/architecture.md does not name %s", rel)
		}
	}
}

// The README's table of rights is what nodes really get.
func TestRightsAreDocumented(t *testing.T) {
	readme := read(t, "README.md")
	for _, c := range personality.NodeRights() {
		if !strings.Contains(readme, "`"+c.Name+"`") {
			t.Errorf("the README does not name the capability %s of every node", c.Name)
		}
	}
	for _, p := range all.Personalities() {
		if !strings.Contains(readme, "`"+p.Card().Name+"`") {
			t.Errorf("the README does not name the personality %s", p.Card().Name)
		}
	}
}
