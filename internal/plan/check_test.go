package plan_test

import (
	"testing"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/personality/all"
	"github.com/ferry-project/ferry/internal/plan"
)

// What is wrong elsewhere in the file hides no fault, and makes none up.
func TestCheck(t *testing.T) {
	const storage = "backend[0].storage"
	a := openmpi(2, 1)
	a.Backends[0].Storage.Args = map[string]string{"layout": "raid"}
	unknown := openmpi(2, 1)
	unknown.Backends[0].Storage.Personality = ""
	for name, c := range map[string]struct {
		app   ferry.Application
		known string // path of a fault
		want  int
	}{
		"of another service":      {a, "backend[0].compute[0].instances", 1},
		"a key beside":            {a, storage + ".colour", 1},
		"the count":               {a, storage + ".instances", 0},
		"an option":               {a, storage + ".args.layuot", 0},
		"the block":               {a, storage, 0},
		"a name that is not read": {unknown, "connectors[0].name", 0},
	} {
		t.Run(name, func(t *testing.T) {
			got := plan.Check(c.app, all.Personalities(), ferry.Faults{{Path: c.known}})
			if len(got) != c.want || len(got) > 0 && got[0].Path != storage+".args.layout" {
				t.Errorf("got %v, want %d", got, c.want)
			}
		})
	}
}
