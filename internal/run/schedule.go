package run

import (
	"slices"

	"github.com/ferry-project/ferry"
)

// lane is what an operation takes a slot of.
type lane int

const (
	calls    lane = iota // of the engine to make and to start; short, bound by CPU
	removals             // the engine mostly waits for the kernel
	waits                // images, tasks, probes, stops: long, and mostly idle here
)

const (
	parallelRemovals = 8
	parallelWaits    = 64
)

func laneOf(do ferry.Verb) lane {
	switch do {
	case ferry.EnsureImage, ferry.RunTask, ferry.AwaitProbe, ferry.Ready, ferry.StopNode, ferry.WriteHosts:
		return waits
	case ferry.RemoveNode, ferry.RemoveVolume, ferry.RemoveNetwork:
		return removals
	}
	return calls
}

// slots are the free places of each lane; nil: without bound.
type slots map[lane]int

// schedule knows which operations may start. It is pure: one goroutine owns it.
//
//	blocked ──(last predecessor finished)──▶ ready ──take──▶ running ──finish──▶ finished
type schedule struct {
	ops   []ferry.Op
	open  []int   // per operation: predecessors not yet finished
	after [][]int // per operation: those that wait for it
	ready []int   // in the order of the graph
	free  slots
}

func newSchedule(ops []ferry.Op, free slots) *schedule {
	s := &schedule{ops: ops, open: make([]int, len(ops)), after: make([][]int, len(ops)), free: free}
	index := make(map[string]int, len(ops))
	for i, op := range ops {
		index[op.ID] = i
	}
	for i, op := range ops {
		s.open[i] = len(op.After)
		for _, id := range op.After {
			s.after[index[id]] = append(s.after[index[id]], i)
		}
		if s.open[i] == 0 {
			s.ready = append(s.ready, i)
		}
	}
	return s
}

// take returns the first operation of the graph that is ready and has a free slot.
func (s *schedule) take() (int, bool) {
	for at, i := range s.ready {
		l := laneOf(s.ops[i].Do)
		if s.free != nil && s.free[l] <= 0 {
			continue
		}
		if s.free != nil {
			s.free[l]--
		}
		s.ready = slices.Delete(s.ready, at, at+1)
		return i, true
	}
	return 0, false
}

// finish frees the slot of i and makes ready what waited only for i.
func (s *schedule) finish(i int) {
	if s.free != nil {
		s.free[laneOf(s.ops[i].Do)]++
	}
	for _, j := range s.after[i] {
		if s.open[j]--; s.open[j] == 0 {
			at, _ := slices.BinarySearch(s.ready, j)
			s.ready = slices.Insert(s.ready, at, j)
		}
	}
}
