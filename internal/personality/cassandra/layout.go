package cassandra

import (
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/ferry-project/ferry/internal/personality"
)

// layout is by what the ring's data is laid out: what followed from the count of nodes when
// it was founded, which stays whatever the count becomes.
type layout struct {
	founded  int      // nodes that it was founded with
	founders []string // those of them that are there; all others have joined
	seeds    []string // that the founders began with
	copies   string   // of a row, where the file does not say
}

// The words of the layout in a plan.
const (
	foundedWord  = "founded"
	foundersWord = "founders"
	seedsWord    = "seeds"
	copiesWord   = "copies"
)

// layoutOf reads the layout of a ring, or founds one. A founder that has left and a node
// that takes its name are two: the data went with the first.
func layoutOf(r personality.Request) layout {
	names := namesOf(r.Nodes)
	had, err := strconv.Atoi(r.Layout[foundedWord])
	if err != nil || had < 1 {
		return layout{founded: len(names), founders: names, seeds: names[:min(seeds, len(names))]}
	}
	l := layout{founded: had, seeds: strings.Split(r.Layout[seedsWord], ","), copies: r.Layout[copiesWord]}
	for name := range strings.SplitSeq(r.Layout[foundersWord], ",") {
		if slices.Contains(names, name) {
			l.founders = append(l.founders, name)
		}
	}
	return l
}

func namesOf(nodes []personality.Machine) []string {
	var all []string
	for _, m := range nodes {
		all = append(all, m.Name)
	}
	return all
}

// words are the layout for the plans that follow.
func (c ring) words() map[string]string {
	return map[string]string{
		foundedWord:  strconv.Itoa(c.layout.founded),
		foundersWord: strings.Join(c.layout.founders, ","),
		seedsWord:    strings.Join(c.layout.seeds, ","),
		copiesWord:   strconv.Itoa(c.replication),
	}
}

// joins reports whether a node takes its part of a ring that has data.
func (c ring) joins(node string) bool { return !slices.Contains(c.layout.founders, node) }

// contacts are the nodes that others ask for the ring: founders, as they were there before.
func (c ring) contacts() []string {
	return c.layout.founders[:min(seeds, len(c.layout.founders))]
}

// seedsOf are a node's seeds. A founder keeps those that it began with, also when one has
// left, as another list would start it again. One that joins must not be among its own: a
// seed takes no data from anybody.
func (c ring) seedsOf(node string) []string {
	if c.joins(node) {
		return c.contacts()
	}
	return c.layout.seeds
}

// tokens of a ring that was founded with so many nodes, for the first n in order. Founders
// share the ring evenly; one that joins halves the largest range, the lowest of those, so
// that no other node moves, and twice as many nodes share it evenly again.
func tokens(founded, n int) []string {
	var all []*big.Int
	for i := range founded {
		all = append(all, even(i, founded))
	}
	for len(all) < n {
		all = append(all, halved(all))
	}
	var texts []string
	for _, t := range all[:n] {
		texts = append(texts, t.String())
	}
	return texts
}

// even is the token of node i of n: the ring of 2^64 in n equal parts, from -2^63.
func even(i, n int) *big.Int {
	t := new(big.Int).Lsh(big.NewInt(int64(i)), 64)
	t.Div(t, big.NewInt(int64(n)))
	return t.Sub(t, new(big.Int).Lsh(big.NewInt(1), 63))
}

// halved is the middle of the largest range between tokens, of which one is -2^63. Ranges
// that differ by what a division leaves over are equally large.
func halved(taken []*big.Int) *big.Int {
	sorted := slices.SortedFunc(slices.Values(taken), (*big.Int).Cmp)
	sorted = append(sorted, new(big.Int).Lsh(big.NewInt(1), 63)) // the end of the last range
	var middle, largest *big.Int
	for i, from := range sorted[:len(sorted)-1] {
		size := new(big.Int).Sub(sorted[i+1], from)
		if middle == nil || size.Cmp(new(big.Int).Add(largest, big.NewInt(int64(len(taken))))) > 0 {
			largest, middle = size, new(big.Int).Add(from, new(big.Int).Rsh(size, 1))
		}
	}
	return middle
}

// replicationOf is how many copies a row has where its keyspace does not say: what the file
// asks for, else what the ring was founded with.
func (l layout) replicationOf(asked int, explicit bool) int {
	if had, err := strconv.Atoi(l.copies); err == nil && !explicit {
		return had
	}
	return asked
}
