package app_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/app"
	"github.com/ferry-project/ferry/internal/personality/all"
)

// shape writes an application in one line: "gluster×3+hive mpi×4 | mpi-client".
func shape(a ferry.Application) string {
	block := func(s ferry.Service) string {
		n, _ := json.Marshal(s.Instances)
		return strings.Join(append([]string{s.Personality + "×" + string(n)}, s.Layers...), "+")
	}
	var parts []string
	for _, b := range a.Backends {
		parts = append(parts, block(b.Storage))
		for _, c := range b.Compute {
			parts = append(parts, block(c))
		}
	}
	parts = append(parts, "|")
	for _, c := range a.Connectors {
		parts = append(parts, block(c))
	}
	return strings.Join(parts, " ")
}

func TestOneLiner(t *testing.T) {
	for _, c := range []struct {
		target string
		client bool
		want   string
	}{
		{"gluster", true, "gluster×1 | gluster-client×1"},
		{"gluster:3", true, "gluster×3 | gluster-client×1"},
		{"gluster:3", false, "gluster×3 |"},
		{"gluster:3+mpi:4", true, "gluster×3 mpi×4 | mpi-client×1"},
		{"gluster:3+openmpi:4", true, "gluster×3 mpi×4 | mpi-client×1"},
		{"gluster+spark-like+mpi:2+yarn+hive", true, "gluster×1 spark-like×1 mpi×2 yarn×1+hive | hadoop-client×1"},
		{"hadoop:2+hive", true, "hadoop×2+hive | hadoop-client×1"},
		{"hadoop:2+spark-like:2", true, "hadoop×2 spark-like×2 | hadoop-client×1"},
		{"cassandra:3+janusgraph", true, "cassandra×3+titan | cassandra-client×1"},
		{"gluster:2+mpi:2+openmpi-client:2", true, "gluster×2 mpi×2 | mpi-client×1 mpi-client×1"},
		{"gluster:>=2", true, "gluster×2 | gluster-client×1"},
	} {
		t.Run(c.target, func(t *testing.T) {
			d, ok, err := app.OneLiner(c.target, large(), c.client)
			if !ok || err != nil {
				t.Fatalf("%v %v", ok, err)
			}
			a, err := d.Application(app.Options{Cards: large()})
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.TrimSpace(shape(a)); got != strings.TrimSpace(c.want) || a.Name != c.target {
				t.Errorf("%s: %q, want %q", a.Name, got, c.want)
			}
			again, err := decode("x.yaml", []byte(d.Text()), app.Options{Cards: large()})
			again.Name = a.Name
			if diff := cmp.Diff(a, again); diff != "" || err != nil {
				t.Errorf("its text means something else: %v\n%s", err, diff)
			}
		})
	}
}

func TestNotAOneLiner(t *testing.T) {
	for _, target := range []string{
		"", "openmpi.yaml", "my-stack", "sa-0123abcd", "dir/gluster", "./gluster:3", `C:\x`, "image://x", "app://u/x",
		"3:gluster", "+", "gluster+", "a\xff:1", "gluster:3\n+mpi", strings.Repeat("a", 2000) + ":1",
	} {
		if d, ok, err := app.OneLiner(target, large(), true); ok || d != nil || err != nil {
			t.Errorf("%q is taken for a one-liner: %v", target, err)
		}
	}
}

func TestOneLinerFaults(t *testing.T) {
	for target, want := range map[string]string{
		"glustr:3":               "glustr:3:1:1: no personality is called \"glustr\" (did you mean gluster?)\n    glustr:3\n    ^",
		"gluster:3+opnmpi:2":     "did you mean openmpi?)\n    gluster:3+opnmpi:2\n              ^",
		"mongodb":                "mongodb is not available in this version of Ferry",
		"mongodb:3+hvie":         "did you mean hive?",
		"mpi:3":                  "mpi is a compute, and an application begins with a storage (such as gluster+mpi)",
		"mpi-client":             "mpi-client is a connector, and an application begins with a storage",
		"gluster+hadoop":         "hadoop is a second storage",
		"hadoop+hive:2":          "hive is a layer, which has no number of instances",
		"gluster:0":              "instances must be at least 1, not 0\n    gluster:0\n            ^",
		"gluster:abc":            `instances must be a whole number, not "abc"`,
		"gluster:":               "instances is empty",
		"gluster:3:4":            `not "3:4"`,
		"gluster:\"]":            `not "\"]"`,
		"gluster:{x}":            "no question asks for {x}",
		"gluster:1+hive":         "hive cannot be a layer of gluster (it stands on hadoop or yarn)\n    gluster:1+hive\n              ^",
		"cassandra+mpi:2":        "mpi does not run on cassandra (it runs on gluster)\n    cassandra+mpi:2\n              ^",
		"cassandra:101":          "there can be at most 100",
		"cassandra+mpi-client:2": "mpi-client has nothing here to connect to",
	} {
		t.Run(target, func(t *testing.T) {
			_, ok, err := app.OneLiner(target, large(), true)
			if !ok || err == nil {
				t.Fatalf("ok %v, err %v", ok, err)
			}
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%v\nwant %s", err, want)
			}
			if _, ok := errors.AsType[ferry.Faults](err); !ok {
				t.Errorf("%T is not ferry.Faults", err)
			}
		})
	}
}

func TestOneLinerTellsEveryUnknownWord(t *testing.T) {
	_, _, err := app.OneLiner("glustr:2+opnmpi:2+hvie", large(), true)
	var fs ferry.Faults
	if !errors.As(err, &fs) || len(fs) != 3 {
		t.Errorf("%v", err)
	}
}

func TestBuiltins(t *testing.T) {
	builtins := app.Builtins()
	if len(builtins) == 0 {
		t.Fatal("none")
	}
	for _, b := range builtins {
		d, ok := app.Builtin(b.Name)
		if !ok || d.Text() != b.Text || b.Metadata.Description == "" {
			t.Errorf("%s: %v %+v", b.Name, ok, b.Metadata)
			continue
		}
		// It starts without an answer, as it is.
		if _, err := d.Application(app.Options{Cards: all.Personalities().Cards()}); err != nil {
			t.Errorf("%s: %v", b.Name, err)
		}
	}
	for _, name := range []string{"", "nosuch", "../app", "openmpi.yaml"} {
		if _, ok := app.Builtin(name); ok {
			t.Errorf("%q is a built-in", name)
		}
	}
}

func TestBuiltinOpenMPI(t *testing.T) {
	d, ok := app.Builtin("openmpi")
	if !ok {
		t.Fatal("not there")
	}
	if qs := d.Questions(); len(qs) != 2 || qs[0].Default != "2" || *qs[1].Minimum != 1 {
		t.Errorf("%+v", qs)
	}
	a, err := d.Application(app.Options{Cards: small(), Answers: map[string]string{"2": "5"}})
	if err != nil {
		t.Fatal(err)
	}
	if got := shape(a); got != "gluster×2 mpi×5 | mpi-client×1" || a.Name != "openmpi" || a.Connectors[0].Name != "control-0" {
		t.Errorf("%s %+v", got, a)
	}
}
