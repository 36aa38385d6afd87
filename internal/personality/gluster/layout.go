package gluster

import (
	"fmt"
	"strconv"

	"github.com/ferry-project/ferry"
)

// maxBricks bounds a stack on one machine: each brick is a container with about
// eighty threads.
const maxBricks = 120

// layout is how the bricks hold the data.
type layout struct {
	kind    string   // replica, disperse or distribute; "" where one brick has all
	group   int      // bricks that hold a file together
	copies  int      // of a file; 0 where its parts are spread
	words   []string // of `gluster volume create`
	options []string // key=value
	notes   []string
}

// layoutOf chooses the layout. No default can silently lose or split what was
// acknowledged: every one with a second copy refuses to work without a quorum.
func layoutOf(s ferry.Service) (layout, error) {
	n := s.Instances
	if n > maxBricks {
		return layout{}, ferry.Faults{{Path: "instances", Message: fmt.Sprintf("%d bricks are more than the %d that one machine is good for", n, maxBricks)}}
	}
	switch s.Args["layout"] {
	case "":
		return byDefault(n)
	case "replica":
		return replica(n)
	case "disperse":
		return disperse(n)
	case "distribute":
		return distributed(), nil
	}
	return layout{}, ferry.Faults{{
		Path:    "args.layout",
		Message: fmt.Sprintf("there is no layout %q", s.Args["layout"]),
		Hint:    "replica, disperse or distribute",
	}}
}

func byDefault(n int) (layout, error) {
	switch {
	case n == 1:
		return single(), nil
	case replicates(n):
		return replica(n)
	case disperses(n):
		return disperse(n)
	}
	return layout{}, uneven(n, "copies or groups", "2, a multiple of 3, or a multiple of a number from 4 to 16", func(n int) bool {
		return replicates(n) || disperses(n)
	})
}

func single() layout {
	return layout{group: 1, copies: 1, notes: []string{"1 brick keeps one copy of each file; 3 survive the loss of a node"}}
}

func distributed() layout {
	return layout{kind: "distribute", group: 1, notes: []string{"layout distribute keeps one copy of each file: a lost node is lost data"}}
}

func replicates(n int) bool { return n == 2 || n%3 == 0 }

func replica(n int) (layout, error) {
	switch {
	case n == 2:
		return pair(), nil
	case replicates(n):
		return layout{
			kind: "replica", group: 3, copies: 3,
			words:   []string{"replica", "3"},
			options: []string{"cluster.quorum-type=auto"},
		}, nil
	}
	return layout{}, uneven(n, "replica", "2 or a multiple of 3", replicates)
}

// pair is two copies with the first brick as tie-breaker. Plain replica 2 served
// a stale copy in our tests; with quorum type auto the volume refuses reads and
// writes without the first brick, so what was acknowledged is never contradicted.
func pair() layout {
	return layout{
		kind: "replica", group: 2, copies: 2,
		words:   []string{"replica", "2"},
		options: []string{"cluster.quorum-type=auto"},
		notes:   []string{"2 bricks survive the loss of the second node; without the first the volume waits for it. 3 survive any one"},
	}
}

// disperse is erasure coding: groups of 4 to 16 bricks, of which one (from 5 on
// two) may be lost. It needs a majority to work at all, so it cannot split.
func disperse(n int) (layout, error) {
	group := groupOf(n)
	if group == 0 {
		return layout{}, uneven(n, "disperse", "a multiple of a number from 4 to 16", disperses)
	}
	return dispersedBy(group), nil
}

func dispersedBy(group int) layout {
	redundancy := 1
	if group >= 5 {
		redundancy = 2
	}
	return layout{kind: "disperse", group: group, words: []string{"disperse", strconv.Itoa(group), "redundancy", strconv.Itoa(redundancy)}}
}

// groupOf returns the smallest group size that divides n, 0 if there is none.
func groupOf(n int) int {
	for group := 4; group <= 16; group++ {
		if n%group == 0 {
			return group
		}
	}
	return 0
}

func disperses(n int) bool { return groupOf(n) > 0 }

// uneven is the fault of a number that does not fit. Its hint is the next
// number that does.
func uneven(n int, layout, want string, fits func(int) bool) error {
	f := ferry.Fault{
		Path:    "instances",
		Message: fmt.Sprintf("%d bricks cannot be laid out evenly as %s, which takes %s", n, layout, want),
	}
	for next := n + 1; next <= maxBricks && f.Hint == ""; next++ {
		if fits(next) {
			f.Hint = fmt.Sprintf("%d works", next)
		}
	}
	return ferry.Faults{f}
}
