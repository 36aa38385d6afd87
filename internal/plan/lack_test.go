package plan_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/plan"
)

// What an engine cannot give is refused when the plan is made, where it stands in the
// file; what it only does not limit is said.
func TestLacks(t *testing.T) {
	cores := openmpi(1, 1)
	cores.Backends[0].Compute[0].Resources.CPUs = 1
	ring := ferry.Application{Name: "ring", Backends: []ferry.Backend{{
		Storage: ferry.Service{Path: "backend[0].storage", Personality: "cassandra", Instances: 1},
	}}}
	for name, c := range map[string]struct {
		application ferry.Application
		what, path  string // path "": it is planned
	}{
		"Gluster without SYS_ADMIN":   {openmpi(1, 1), "SYS_ADMIN", "backend[0].storage"},
		"Cassandra without SYS_ADMIN": {ring, "SYS_ADMIN", ""},
		"cores":                       {cores, ferry.LackCPUs, "backend[0].compute[0].resources.cpus"},
		"nobody asks for cores":       {openmpi(1, 1), ferry.LackCPUs, ""},
		"memory":                      {openmpi(1, 1), ferry.LackMemory, ""},
	} {
		t.Run(name, func(t *testing.T) {
			in := input(c.application)
			in.Host.Lacks = []ferry.Lack{{What: c.what, Why: "it is so", Hint: "do something"}}
			p, err := plan.New(in)
			if c.path == "" {
				said := err == nil && slices.Contains(p.Services[0].Notes, "it is so")
				if err != nil || said != (c.what == ferry.LackMemory) {
					t.Errorf("%v, notes %q", err, p.Services[0].Notes)
				}
				return
			}
			faults, ok := errors.AsType[ferry.Faults](err)
			if !ok || faults[0].Path != c.path || faults[0].Hint != "do something" {
				t.Errorf("got %v", err)
			}
		})
	}
}
