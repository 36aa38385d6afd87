package hadoop

import (
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/personality/hadoop/mapreduce"
	"github.com/ferry-project/ferry/internal/personality/hadoop/site"
	"github.com/ferry-project/ferry/internal/script/hadoop"
)

// moveTime bounds how long blocks may be on their way. A wait in which nothing becomes
// less ends sooner.
const moveTime = 12 * time.Hour

// moves are the tasks by which DataNodes leave while HDFS is used, and by which new ones
// join it, under the names of those that left before too. Blocks go before containers:
// a NodeManager that has left does not come back by itself.
func (h hdfs) moves() []ferry.Task {
	head, refresh, stay := h.nameNode.Name, hadoop.RefreshDataNodes(rpc), h.jobs.Staying()
	return []ferry.Task{
		{Name: "copies", Node: head, When: ferry.BeforeShrink, Ask: stay.Copies(mapreduce.HDFSWeb)},
		{Name: "dfs-exclude", Node: head, When: ferry.BeforeShrink, Command: site.Exclude(site.HDFSExclude, ferry.Leaving)},
		{Name: "dfs-leave", Node: head, When: ferry.BeforeShrink, Ask: refresh},
		{
			Name: "dfs-drain", Node: head, When: ferry.BeforeShrink, Ask: stay.Blocks(mapreduce.HDFSWeb), Timeout: moveTime,
			Hint: "hdfs dfsadmin -report in a client shows each worker and its space",
		},
		{Name: "dfs-include", Node: head, When: ferry.AfterGrow, Command: site.Exclude(site.HDFSExclude)},
		{Name: "dfs-join", Node: head, When: ferry.AfterGrow, After: []string{"dfs-include"}, Ask: refresh},
	}
}
