package plan_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/personality"
	"github.com/ferry-project/ferry/internal/plan"
)

// Jobs run, and users get in, everywhere but in sealed nodes: there alone anything may
// be mounted, and there is no device anywhere else.
func TestNoNodeOfJobsMayMount(t *testing.T) {
	for name, in := range map[string]plan.Input{
		"openmpi": input(openmpi(3, 2)), "yarn on gluster": hadoopInput(withHive(yarnOn("gluster"))),
		"yarn on hadoop": hadoopInput(withHive(yarnOn("hadoop"))),
	} {
		p, err := plan.New(in)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, n := range p.Nodes {
			admin := slices.ContainsFunc(n.Capabilities, func(c ferry.Capability) bool { return c.Name == "SYS_ADMIN" })
			if admin && !n.Sealed && n.Role != "brick" {
				t.Errorf("%s: %s has SYS_ADMIN", name, n.Name)
			}
			if len(n.Devices) > 0 && !n.Sealed {
				t.Errorf("%s: %s has %v", name, n.Name, n.Devices)
			}
			if n.Resources.Processes < 1024 || n.Resources.Processes > 16384 {
				t.Errorf("%s: %s may have %d processes", name, n.Name, n.Resources.Processes)
			}
		}
	}
}

const (
	rightsBegin = "<!-- rights: go test ./internal/plan -update -->\n"
	rightsEnd   = "<!-- /rights -->"
)

// The README's table of rights is what the plans of all personalities ask for.
func TestRightsInREADME(t *testing.T) {
	const file = "../../README.md"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, _ := strings.Cut(string(text), rightsBegin)
	got, after, found := strings.Cut(rest, rightsEnd)
	want := rightsTable(t)
	switch {
	case !found:
		t.Fatal("the README has no table of rights")
	case got == want:
	case *update:
		if err := os.WriteFile(file, []byte(before+rightsBegin+want+rightsEnd+after), 0o600); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("-want +got (-update writes it):\n%s", cmp.Diff(want, got))
	}
}

func rightsTable(t *testing.T) string {
	t.Helper()
	rows := []string{"| node | may | why |", "| --- | --- | --- |", rightsRow("every node", personality.NodeRights())}
	for _, in := range []plan.Input{input(openmpi(3, 2)), hadoopInput(withHive(yarnOn("gluster"))), hadoopInput(withHive(yarnOn("hadoop"))), input(cassandra(3, map[string]string{"db": "g"}))} {
		p, err := plan.New(in)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range p.Nodes {
			own := append(n.Capabilities[len(personality.NodeRights()):len(n.Capabilities):len(n.Capabilities)], n.Devices...)
			if row := rightsRow(rightsName(p, n), own); len(own) > 0 && !slices.Contains(rows, row) {
				rows = append(rows, row)
			}
		}
	}
	return strings.Join(rows, "\n") + "\n"
}

func rightsName(p ferry.Plan, n ferry.Node) string {
	s, _ := p.Service(n.Service)
	name := s.Spec.Personality + ", " + n.Role
	if n.Sealed {
		name += " (sealed)"
	}
	return name
}

func rightsRow(name string, rights []ferry.Capability) string {
	var may, why []string
	for _, c := range rights {
		may = append(may, "`"+c.Name+"`")
		why = append(why, c.Why)
	}
	return "| " + name + " | " + strings.Join(may, ", ") + " | " + strings.Join(why, "; ") + " |"
}

// Root writes a node's files when its container is made, and again when keys are made
// again: never where somebody else may put a link in the way.
func TestFilesLieWhereOnlyRootMayWrite(t *testing.T) {
	for name, in := range map[string]plan.Input{
		"openmpi": input(openmpi(3, 2)), "yarn on gluster": hadoopInput(withHive(yarnOn("gluster"))), "hadoop": hadoopInput(withHive(yarnOn("hadoop"))),
		"cassandra": input(cassandra(3, map[string]string{"db": "g"})),
	} {
		p, err := plan.New(in)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range p.Nodes {
			for _, f := range n.Files {
				if !strings.HasPrefix(f.Path, "/service/conf/") && !strings.HasPrefix(f.Path, "/etc/") {
					t.Errorf("%s: %s has %s", name, n.Name, f.Path)
				}
			}
		}
	}
}
