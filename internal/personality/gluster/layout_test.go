package gluster

import (
	"errors"
	"fmt"
	"testing"

	"github.com/ferry-project/ferry"
)

// Whatever number is refused for a layout, the number that the hint proposes
// works for that layout.
func TestHintsOfUnevenNumbersWork(t *testing.T) {
	for _, kind := range []string{"", "replica", "disperse", "distribute"} {
		refused := 0
		for n := 1; n <= maxBricks; n++ {
			_, err := layoutOf(bricks(kind, n))
			if err == nil {
				continue
			}
			refused++
			if proposed := proposal(t, err); proposed <= n {
				t.Errorf("%d bricks as %q: %d is proposed, which is not more", n, kind, proposed)
			} else if _, err := layoutOf(bricks(kind, proposed)); err != nil {
				t.Errorf("%d bricks as %q: %d is proposed, but: %v", n, kind, proposed, err)
			}
		}
		if want := map[string]int{"": 35, "replica": 79, "disperse": 44}[kind]; refused != want {
			t.Errorf("%d numbers are refused for layout %q, want %d", refused, kind, want)
		}
	}
}

func bricks(layout string, n int) ferry.Service {
	return ferry.Service{Instances: n, Args: map[string]string{"layout": layout}}
}

// proposal reads the number out of a fault's hint.
func proposal(t *testing.T, err error) int {
	t.Helper()
	var faults ferry.Faults
	var n int
	if !errors.As(err, &faults) || len(faults) != 1 {
		t.Fatalf("not one fault: %v", err)
	}
	if _, err := fmt.Sscanf(faults[0].Hint, "%d works", &n); err != nil {
		t.Fatalf("%v: the hint %q proposes no number", faults, faults[0].Hint)
	}
	return n
}
