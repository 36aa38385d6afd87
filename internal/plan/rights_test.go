package plan_test

import (
	"slices"
	"testing"

	"github.com/ferry-project/ferry"
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
