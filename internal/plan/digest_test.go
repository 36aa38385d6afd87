package plan_test

import (
	"testing"

	"github.com/ferry-project/ferry/internal/plan"
)

// A digest says what a stack is, not whose it is nor where it found room.
func TestDigest(t *testing.T) {
	digest := func(change func(*plan.Input)) string {
		t.Helper()
		in := input(openmpi(2, 2))
		change(&in)
		d, err := plan.Digest(in)
		if err != nil || d == "" {
			t.Fatal(d, err)
		}
		return d
	}
	same := digest(func(*plan.Input) {})
	for name, c := range map[string]struct {
		change func(*plan.Input)
		same   bool
	}{
		"another id and name": {func(in *plan.Input) { in.Stack, in.Name = "sa-1f3c5a7b", "lab" }, true},
		"what is taken": {func(in *plan.Input) {
			in.Observed = plan.Observed{Subnets: []string{"10.210.0.0/24"}, Ports: []int{9000}}
		}, true},
		"another count": {func(in *plan.Input) { in.Application = openmpi(3, 2) }, false},
		"another image": {func(in *plan.Input) { in.Images["gluster"] = "ferry/gluster:2" }, false},
		"less memory":   {func(in *plan.Input) { in.Host.Memory = 2 * gibibyte }, false},
	} {
		if got := digest(c.change); (got == same) != c.same {
			t.Errorf("%s: the digest is the same: %v", name, got == same)
		}
	}
	if _, err := plan.Digest(input(openmpi(2000, 1))); err == nil {
		t.Error("what cannot be planned has a digest")
	}
}
