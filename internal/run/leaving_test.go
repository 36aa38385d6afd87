package run

import (
	"context"
	"slices"
	"testing"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
)

// Those that leave are named to a task, and have a task done in each of them.
func TestTasksOfThoseThatLeave(t *testing.T) {
	try(t, func(t *testing.T, b *bench) {
		if _, err := b.walk(t); err != nil {
			t.Fatal(err)
		}
		from, to := b.graph.Plan, *b.graph.Plan
		to.Services, to.Nodes = slices.Clone(from.Services), slices.DeleteFunc(slices.Clone(from.Nodes), func(n ferry.Node) bool { return n.Name != "a0" })
		s := &to.Services[0]
		s.Nodes = []string{"a0"}
		s.Tasks = []ferry.Task{
			{Name: "name", Node: "a0", When: ferry.BeforeShrink, Command: []string{"exclude", ferry.Leaving, "all"}},
			{Name: "give", Node: ferry.Leaving, When: ferry.BeforeShrink, Command: []string{"give"}},
		}
		ran := map[string][]string{}
		b.engine.OnRun = func(_ context.Context, node string, e engine.Exec) (int, error) {
			ran[node] = append(ran[node], e.Command...)
			return 0, nil
		}
		b.graph.From, b.graph.Plan = from, &to
		b.graph.Ops = []ferry.Op{
			{ID: "task name", Do: ferry.RunTask, Service: s.ID, Node: "a0", Name: "name"},
			{ID: "task give", Do: ferry.RunTask, Service: s.ID, Node: "a2", Name: "give", After: []string{"task name"}},
		}
		if _, err := b.walk(t); err != nil {
			t.Fatal(err)
		}
		if got := ran["fy-1-a0"]; !slices.Equal(got, []string{"exclude", "a1", "a2", "all"}) {
			t.Errorf("in a0 ran %q", got)
		}
		if got := ran["fy-1-a2"]; !slices.Equal(got, []string{"give"}) {
			t.Errorf("in a2 ran %q", got)
		}
	})
}
