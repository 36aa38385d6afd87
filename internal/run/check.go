package run

import (
	"strings"

	"github.com/ferry-project/ferry"
)

// Check reports whether ops can be walked: every id is unique, every After is the
// id of one of them, and there is no circle. Its errors have code Internal,
// since only a planner can cause them.
func Check(ops []ferry.Op) error {
	known := make(map[string]ferry.Op, len(ops))
	for _, op := range ops {
		if _, twice := known[op.ID]; twice {
			return ferry.Errorf(ferry.Internal, "operation %q is in its graph twice", op.ID)
		}
		known[op.ID] = op
	}
	for _, op := range ops {
		for _, id := range op.After {
			if _, ok := known[id]; !ok {
				return ferry.Errorf(ferry.Internal, "operation %q comes after %q, which is not in its graph", op.ID, id)
			}
		}
	}
	if stuck := circle(ops, known); len(stuck) > 0 {
		return ferry.Errorf(ferry.Internal, "operations wait for each other: %s", strings.Join(stuck, " → "))
	}
	return nil
}

// circle returns the ids along a circle, the first again at the end, or nothing.
func circle(ops []ferry.Op, known map[string]ferry.Op) []string {
	s := newSchedule(ops, nil)
	left := map[string]bool{}
	for _, op := range ops {
		left[op.ID] = true
	}
	for i, ok := s.take(); ok; i, ok = s.take() {
		delete(left, ops[i].ID)
		s.finish(i)
	}
	for _, op := range ops {
		if left[op.ID] {
			return follow(op, known, left)
		}
	}
	return nil
}

// follow goes from predecessor to predecessor among those left until it has come round.
func follow(op ferry.Op, known map[string]ferry.Op, left map[string]bool) []string {
	at := map[string]int{}
	var path []string
	for {
		if start, seen := at[op.ID]; seen {
			return append(path[start:], op.ID)
		}
		at[op.ID] = len(path)
		path = append(path, op.ID)
		for _, id := range op.After {
			if left[id] {
				op = known[id]
				break
			}
		}
	}
}
