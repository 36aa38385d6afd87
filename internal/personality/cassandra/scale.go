package cassandra

import (
	_ "embed"
	"fmt"
	"slices"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/script/cql"
)

// leave is not in the image: a stack that an earlier Ferry has made shrinks too.
//
//go:embed leave.sh
var leave string

// moveTime is what moving data may take. A node that dies ends the wait for it.
const moveTime = 24 * time.Hour

// growth has nodes join one at a time, as each takes its data from a ring that stands
// still: the next starts when the ring has the one before. When all have joined, the others
// drop what is no longer theirs, one after another.
func (c ring) growth() []ferry.Task {
	var all []ferry.Task
	names := c.names()
	for i, name := range names {
		if next := i + 1; c.joins(name) || next < len(names) && c.joins(names[next]) {
			all = append(all, ferry.Task{
				Name: "has@" + name, Node: name, When: ferry.AfterGrow, Timeout: moveTime, Hint: c.hint(),
				Ask: cql.Script{Users: c.login(), Ring: i + 1, OrMore: true, Statements: c.row(name)}.
					Ask(native, fmt.Sprintf("see %d nodes, write a row and read it", i+1)),
			})
		}
	}
	return append(all, c.cleanups()...)
}

// cleanups are of all nodes but the last, which nobody has taken anything from.
func (c ring) cleanups() []ferry.Task {
	names := c.names()
	last := names[len(names)-1]
	if !c.joins(last) {
		return nil
	}
	var all []ferry.Task
	var after []string
	for _, name := range names {
		after = append(after, "ring@"+name)
	}
	for _, name := range names[:len(names)-1] {
		t := ferry.Task{
			Name: "cleanup@" + name, Node: name, User: user, When: ferry.AfterGrow, After: slices.Clone(after), Timeout: moveTime,
			Command: []string{"nodetool", "cleanup"}, Optional: true, Says: "drop the rows that others have by now",
			Hint: "it takes room and does no harm; nodetool cleanup in " + name + " does it",
		}
		all, after = append(all, t), append(after, t.Name)
	}
	return all
}

// shrinkage has nodes leave one at a time, if those that stay can hold all copies and all
// of them answer, and ends when the ring has them no more.
func (c ring) shrinkage() []ferry.Task {
	first, n := c.names()[0], len(c.request.Nodes)
	at := ferry.Task{Node: first, When: ferry.BeforeShrink, Hint: c.hint()}
	may, gone := at, at
	may.Name = "may-shrink"
	may.Hint = "ALTER KEYSPACE lowers the copies of a keyspace; a node that is down must be back first"
	may.Ask = cql.Script{Users: c.login(), Ring: n, OrMore: true, Copies: n, Statements: c.row(first)}.
		Ask(native, fmt.Sprintf("no keyspace has more than %d copies, and every node answers", n))
	gone.Name, gone.Timeout = "gone", moveTime
	gone.Ask = cql.Script{Users: c.login(), Ring: n, Statements: c.row(first)}.
		Ask(native, fmt.Sprintf("see %d nodes and none that leaves", n))
	return []ferry.Task{may, {
		Name: "leave", Node: ferry.Leaving, User: user, When: ferry.BeforeShrink, Timeout: moveTime, Hint: c.hint(),
		Command: []string{"bash", "-c", leave}, Says: "nodetool decommission: its data goes to the others",
	}, gone}
}

// joinAfter is what must have been seen before a node starts for the first time in a ring
// that runs.
func (c ring) joinAfter(i int) []string {
	if i == 0 || !c.joins(c.names()[i]) {
		return nil
	}
	return []string{"has@" + c.names()[i-1]}
}

// tooFew is said of a ring that could not hold all copies of a row.
func (c ring) tooFew() error {
	n := len(c.request.Nodes)
	if n >= c.replication {
		return nil
	}
	return ferry.Faults{{
		Path:    "instances",
		Message: fmt.Sprintf("the ring keeps %d copies of each row, which %d nodes cannot hold", c.replication, n),
		Hint:    fmt.Sprintf("%d nodes or more can", c.replication),
	}}
}
