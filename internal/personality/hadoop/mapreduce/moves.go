package mapreduce

import (
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/personality/hadoop/site"
	"github.com/ferry-project/ferry/internal/script/hadoop"
)

const (
	adminPort = 8033
	// drainTime is a little more than what the ResourceManager waits for the end of what
	// runs on a worker that leaves: an hour, until yarn-site says otherwise.
	drainTime = 65 * time.Minute
)

// Staying are the workers as those who stay when others leave.
func (c Cluster) Staying() hadoop.Staying {
	var s hadoop.Staying
	for _, w := range c.Workers {
		s.Nodes = append(s.Nodes, w.Name)
	}
	return s
}

// Moves are the tasks by which workers leave the cluster while it runs, each when what
// runs on it has ended, and by which new ones join it, under the names of those that
// left before too.
func (c Cluster) Moves() []ferry.Task {
	head, refresh := c.Manager.Name, hadoop.RefreshNodeManagers(adminPort, c.Space.YARN)
	tasks := []ferry.Task{
		{Name: "yarn-exclude", Node: head, When: ferry.BeforeShrink, Command: site.Exclude(site.YARNExclude, ferry.Leaving)},
		{Name: "yarn-leave", Node: head, When: ferry.BeforeShrink, Ask: refresh},
		{
			Name: "yarn-drain", Node: head, When: ferry.BeforeShrink, Ask: c.Staying().Containers(ManagerWeb), Timeout: drainTime,
			Hint: "yarn application -list in a client shows what runs",
		},
		{Name: "yarn-include", Node: head, When: ferry.AfterGrow, Command: site.Exclude(site.YARNExclude)},
		{Name: "yarn-join", Node: head, When: ferry.AfterGrow, After: []string{"yarn-include"}, Ask: refresh},
	}
	for _, w := range c.Workers {
		tasks = append(tasks, ferry.Task{Name: "nodemanager@" + w.Name, Node: w.Name, When: ferry.AfterGrow, After: []string{"yarn-join"}, Command: again()})
	}
	return tasks
}

// again starts a NodeManager that has ended for good, because it had left and was to come
// back when its leave was undone. Where the node itself begins its init does that.
func again() []string {
	return []string{"/bin/sh", "-c", "s6-svc -u /run/service/nodemanager || true"}
}
