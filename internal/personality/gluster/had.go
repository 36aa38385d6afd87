package gluster

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/personality"
)

// The words of a volume's layout in a plan.
const (
	kindWord    = "kind"
	groupWord   = "group"   // bricks that hold a file together
	serversWord = "servers" // that the mount was first told of
	copiersWord = "copiers" // bricks that joined as a further copy
)

// words are the layout for the plans that follow.
func (v volume) words() map[string]string {
	return map[string]string{
		kindWord: v.layout.kind, groupWord: strconv.Itoa(v.layout.group),
		serversWord: strings.Join(v.servers, ","), copiersWord: strings.Join(v.copiers, ","),
	}
}

// laidOut is the layout of a volume: a new one's, or what the one that there is becomes.
func laidOut(r personality.Request) (layout, error) {
	fresh, err := layoutOf(r.Service)
	group, _ := strconv.Atoi(r.Layout[groupWord])
	if err != nil || group < 1 {
		return fresh, err
	}
	return grown{kind: r.Layout[kindWord], group: group}.to(r.Service)
}

// grown is a volume that there is.
type grown struct {
	kind  string
	group int
}

// to is what it becomes with other bricks. Groups keep their size: only a group of copies
// can gain and lose some.
func (g grown) to(s ferry.Service) (layout, error) {
	asked, n := s.Args["layout"], s.Instances
	if g.kind != "" && asked != "" && asked != g.kind && n > 1 {
		return layout{}, ferry.Faults{{
			Path: "args.layout", Message: fmt.Sprintf("the volume is laid out as %s and cannot become %s", g.kind, asked), Hint: "leave it at " + g.kind,
		}}
	}
	switch {
	case g.kind == "disperse":
		return g.dispersed(n)
	case g.kind == "distribute":
		return distributed(), nil
	case n == 1:
		return single(), nil
	case replicates(n):
		return replica(n)
	}
	return layout{}, g.misfit(n, "the volume keeps whole copies of files", replicates)
}

func (g grown) dispersed(n int) (layout, error) {
	if n%g.group == 0 {
		return dispersedBy(g.group), nil
	}
	return layout{}, g.misfit(n, fmt.Sprintf("the volume is laid out in groups of %d bricks", g.group), func(n int) bool { return n%g.group == 0 })
}

// misfit is the fault of a number that cannot be reached; its hint are those next to it
// that can.
func (g grown) misfit(n int, is string, fits func(int) bool) error {
	var can []string
	for near := n - 1; near > 1 && len(can) == 0; near-- {
		if fits(near) {
			can = append(can, strconv.Itoa(near))
		}
	}
	for near, had := n+1, len(can); near <= maxBricks && len(can) == had; near++ {
		if fits(near) {
			can = append(can, strconv.Itoa(near))
		}
	}
	return ferry.Faults{{
		Path: "instances", Message: fmt.Sprintf("%s, which %d bricks cannot be", is, n), Hint: strings.Join(can, " or ") + " can",
	}}
}

// serversOf are those that the mount was first told of: with others it would be mounted
// again under its users. One of them that has left is passed over.
func serversOf(r personality.Request, bricks []string) []string {
	if had := r.Layout[serversWord]; had != "" {
		return strings.Split(had, ",")
	}
	return bricks
}

// copiersOf are the bricks that join a group as a further copy, and those that have: their
// glusterd mounts the volume once, to note that they lack everything, so they are sealed.
func copiersOf(r personality.Request, l layout, bricks []string) (all []string) {
	had := strings.Split(r.Layout[copiersWord], ",")
	for _, name := range bricks {
		if slices.Contains(had, name) {
			all = append(all, name)
		}
	}
	group, _ := strconv.Atoi(r.Layout[groupWord])
	if group == 0 || l.copies <= group {
		return all
	}
	for _, name := range bricks[group:min(l.copies, len(bricks))] {
		if !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	return all
}
