package hadoop

import (
	"fmt"
	"strconv"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/personality"
	"github.com/ferry-project/ferry/internal/personality/hadoop/mapreduce"
	"github.com/ferry-project/ferry/internal/personality/hadoop/site"
	"github.com/ferry-project/ferry/internal/script"
)

const (
	rpc     = 9000 // as in the original
	dataWeb = 9864
	// dataPort is where workers hand out blocks.
	dataPort = 9866
)

func (h hdfs) url() string { return fmt.Sprintf("hdfs://%s:%d", h.nameNode.Name, rpc) }

// files are the same in every node and client, but for what a worker has for jobs.
func (h hdfs) files(m personality.Machine) site.Files {
	f := h.jobs.Files()
	f["core-site"] = mapreduce.Core(h.url())
	f["hdfs-site"] = h.hdfsSite()
	if m.Role == worker {
		f = h.jobs.WorkerFiles(m, f)
	}
	return f.With(h.request.Service.Config)
}

// hdfsSite lets the loss of a DataNode be known after 20 seconds, and be made good
// soon after it is back; Hadoop's own defaults take ten minutes, and up to six hours.
func (h hdfs) hdfsSite() site.Properties {
	return site.Properties{
		"dfs.namenode.name.dir":                                "file:///service/name/dfs",
		"dfs.datanode.data.dir":                                "file:///service/blocks/dfs",
		"dfs.replication":                                      strconv.Itoa(h.options.replication),
		"dfs.namenode.rpc-bind-host":                           "0.0.0.0",
		"dfs.namenode.http-address":                            fmt.Sprintf("%s:%d", h.nameNode.Name, mapreduce.HDFSWeb),
		"dfs.namenode.http-bind-host":                          "0.0.0.0",
		"dfs.namenode.safemode.extension":                      "0",
		"dfs.namenode.datanode.registration.ip-hostname-check": "false",
		"dfs.namenode.heartbeat.recheck-interval":              "5000",
		"dfs.namenode.stale.datanode.interval":                 "5000",
		"dfs.namenode.avoid.read.stale.datanode":               "true",
		"dfs.namenode.avoid.write.stale.datanode":              "true",
		"dfs.namenode.redundancy.interval.seconds":             "1s",
		"dfs.heartbeat.interval":                               "1",
		"dfs.blockreport.initialDelay":                         "0",
		// A DataNode that dies under a writer and is back before the file is closed
		// reports its outdated replica while the NameNode, not knowing a whole one
		// yet, cannot let it be removed. Until the next full report the outdated one
		// then takes the place where the second copy belongs: six hours, by default.
		// A report is made from memory; it costs a millisecond and three log lines.
		"dfs.blockreport.intervalMsec": "30000",
		// A copy that was ordered of a DataNode that died is ordered again after this
		// time instead of five minutes. One that takes longer is made twice, and the
		// surplus is removed.
		"dfs.namenode.reconstruction.pending.timeout-sec": "30",
		// A worker that leaves is looked at every second instead of every 30, and its blocks
		// are copied in dozens instead of two at a time: the machines of a stack are one
		// machine, whose network costs nothing.
		"dfs.hosts.exclude":                                      site.HDFSExclude,
		"dfs.namenode.decommission.interval":                     "1s",
		"dfs.namenode.replication.max-streams":                   "50",
		"dfs.namenode.replication.max-streams-hard-limit":        "100",
		"dfs.namenode.replication.work.multiplier.per.iteration": "20",
		// Whoever asks while the NameNode is away, a job's master with its history above
		// all, asks again for a minute instead of giving up at once: it is back after
		// half of that. The price is that a command waits so long for one that is not.
		"dfs.client.retry.policy.enabled":                                "true",
		"dfs.client.retry.policy.spec":                                   "500,40,1000,40",
		"dfs.client.socket-timeout":                                      "10000",
		"dfs.client.block.write.replace-datanode-on-failure.policy":      "DEFAULT",
		"dfs.client.block.write.replace-datanode-on-failure.best-effort": "true",
	}
}

// probes: the NameNode is out of safe mode with every DataNode alive. One that leaves is
// alive for a while, but not in service. For a moment
// of a later start it says that it is operational before it enters safe mode, but
// not with live DataNodes: so these come first.
func (h hdfs) probes() []ferry.Probe {
	bean := func(query, expect string) *ferry.Ask {
		return script.HTTP{Path: "/jmx?get=Hadoop:service=NameNode,name=" + query, Expect: expect}.Ask(mapreduce.HDFSWeb)
	}
	return []ferry.Probe{
		{
			Name: "datanodes", Node: h.nameNode.Name,
			Ask:         bean("FSNamesystemState::NumInServiceLiveDataNodes", fmt.Sprintf(`"NumInServiceLiveDataNodes" : %d\b`, len(h.workers))),
			Description: fmt.Sprintf("%d DataNodes are alive", len(h.workers)),
			Hint:        "a DataNode that is missing says why in its log",
		},
		{
			Name: "safemode", Node: h.nameNode.Name, After: []string{"datanodes"},
			Ask:         bean("NameNodeInfo::Safemode", `"Safemode" : ""`),
			Description: "the NameNode is out of safe mode",
			Hint:        "blocks are missing if it stays in it: hdfs fsck / in a client tells which",
		},
	}
}
