package mapreduce

import (
	"fmt"
	"math"
	"strconv"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/personality"
	"github.com/ferry-project/ferry/internal/personality/hadoop/site"
)

// JVMOptions names the image's file with what every JVM of Hadoop and Hive needs, the
// daemons' and commands' as well as those of jobs: one list, so that they cannot differ.
const JVMOptions = "@/opt/hadoop/jvm.options"

// memoryKey is the memory of a worker that jobs may have.
const memoryKey = "yarn.nodemanager.resource.memory-mb"

// environment is what a container of YARN keeps of its NodeManager's environment.
const environment = "JAVA_HOME,HADOOP_COMMON_HOME,HADOOP_HDFS_HOME,HADOOP_CONF_DIR,HADOOP_YARN_HOME,HADOOP_HOME," +
	"HADOOP_MAPRED_HOME,PATH,LANG,LC_ALL,LC_CTYPE,TZ,FERRY_HADOOP_CP,FERRY_TEZ_CP"

// Needed are the options without which a container's JVM does not work, or starts in
// twice the time: they stand where a job's or a user's own options cannot replace them.
// The class path comes in front of the container's own, so that the archive of classes fits.
func Needed(classPath, archive string) string {
	return fmt.Sprintf("%s -Djava.net.preferIPv4Stack=true -Dhadoop.metrics.log.level=WARN -XX:SharedArchiveFile=%s -Xlog:disable -Xlog:all=off -cp %s:$CLASSPATH",
		JVMOptions, archive, classPath)
}

// share is what jobs may have of each worker.
type share struct {
	node, master, task int64 // MiB: a worker, an application master, a task
	cores              int
}

// share follows from the first worker, which never leaves: whoever joins later changes
// nothing of what runs. One master and one task always fit, on the smallest worker too.
func (c Cluster) share() share {
	first := c.Workers[0]
	node := jobMemory(first)
	master := min(512, node/2)
	return share{node: node, master: master, task: min(384, node-master), cores: max(1, int(math.Ceil(first.CPUs)))}
}

// jobMemory is what a worker has for jobs, in MiB.
func jobMemory(w personality.Machine) int64 { return (w.Memory - Overhead) / ferry.MiB }

// WorkerFiles are the files of one worker: one with less memory than the first, because
// there was no more when it joined, says so.
func (c Cluster) WorkerFiles(w personality.Machine, files site.Files) site.Files {
	return files.With(map[string]map[string]string{"yarn-site": {memoryKey: strconv.FormatInt(min(c.share().node, jobMemory(w)), 10)}})
}

// ContainerText is the memory of a container for a session's master or task, in MiB.
func (c Cluster) ContainerText() string { return strconv.FormatInt(c.share().master, 10) }

// Yarn is yarn-site.xml.
func (c Cluster) Yarn() site.Properties {
	s := c.share()
	return site.Properties{
		"yarn.resourcemanager.hostname":                           c.Manager.Name,
		"yarn.resourcemanager.bind-host":                          "0.0.0.0",
		"yarn.resourcemanager.connect.retry-interval.ms":          "500", // 30 s of their own
		"yarn.resourcemanager.nodemanagers.heartbeat-interval-ms": "100",
		// A ResourceManager that is started again takes up the jobs that run, whose
		// containers went on. What it must know for that is in its container, not on a
		// volume: it outlives a kill, and a machine made again begins with nothing.
		// Plain files, for the other store needs a native library.
		"yarn.resourcemanager.recovery.enabled":                            "true",
		"yarn.resourcemanager.store.class":                                 "org.apache.hadoop.yarn.server.resourcemanager.recovery.FileSystemRMStateStore",
		"yarn.resourcemanager.fs.state-store.uri":                          "file://" + Scratch + "/resourcemanager",
		"yarn.resourcemanager.work-preserving-recovery.scheduling-wait-ms": "1000", // 10 s of their own
		// Empty, but there: a worker that is to leave is written into it.
		"yarn.resourcemanager.nodes.exclude-path":     site.YARNExclude,
		"yarn.nm.liveness-monitor.expiry-interval-ms": "20000",
		"yarn.am.liveness-monitor.expiry-interval-ms": "20000",
		"yarn.nodemanager.aux-services":               "mapreduce_shuffle",
		"yarn.nodemanager.address":                    "${yarn.nodemanager.hostname}:8041",
		"yarn.nodemanager.local-dirs":                 Scratch + "/local",
		"yarn.nodemanager.log-dirs":                   Scratch + "/logs",
		"yarn.nodemanager.remote-app-log-dir":         c.Space.Logs,
		memoryKey:                                     strconv.FormatInt(s.node, 10),
		"yarn.nodemanager.resource.cpu-vcores":        strconv.Itoa(s.cores),
		"yarn.nodemanager.vmem-check-enabled":         "false",
		"yarn.nodemanager.pmem-check-enabled":         "false",
		"yarn.nodemanager.env-whitelist":              environment,
		"yarn.scheduler.minimum-allocation-mb":        "128",
		"yarn.scheduler.maximum-allocation-mb":        strconv.FormatInt(s.node, 10),
		"yarn.scheduler.maximum-allocation-vcores":    strconv.Itoa(s.cores),
		"yarn.application.classpath":                  site.Dir + ",/opt/hadoop/lib/*",
		"yarn.log-aggregation-enable":                 "true",
		"yarn.log.server.url":                         fmt.Sprintf("http://%s:%d/jobhistory/logs", c.Manager.Name, HistoryWeb),
		"yarn.nodemanager.disk-health-checker.max-disk-utilization-per-disk-percentage": "99.5",
	}
}

// Scheduler is capacity-scheduler.xml: one queue. Memory alone bounds it: on a small
// machine tasks wait for a core anyway.
func (c Cluster) Scheduler() site.Properties {
	return site.Properties{
		"yarn.scheduler.capacity.root.queues":                 "default",
		"yarn.scheduler.capacity.root.default.capacity":       "100",
		"yarn.scheduler.capacity.maximum-am-resource-percent": "0.7",
		"yarn.scheduler.capacity.resource-calculator":         "org.apache.hadoop.yarn.util.resource.DefaultResourceCalculator",
	}
}

// MapReduce is mapred-site.xml. The heartbeats and polls of Hadoop's defaults are for
// jobs of hours; with these a first job takes two thirds of the time.
func (c Cluster) MapReduce() site.Properties {
	s := c.share()
	task := c.options(s.task)
	needed := Needed("$FERRY_HADOOP_CP", "/opt/hadoop/hadoop.jsa")
	return site.Properties{
		"mapreduce.framework.name":                              "yarn",
		"mapreduce.application.classpath":                       site.Dir,
		"mapreduce.jobhistory.address":                          c.Manager.Name + ":10020",
		"mapreduce.jobhistory.webapp.address":                   fmt.Sprintf("%s:%d", c.Manager.Name, HistoryWeb),
		"mapreduce.jobhistory.done-dir":                         c.Space.Past + "/done",
		"mapreduce.jobhistory.intermediate-done-dir":            c.Space.Past + "/tmp",
		"mapreduce.jobhistory.move.interval-ms":                 "5000",
		"yarn.app.mapreduce.am.staging-dir":                     c.Space.Staging,
		"yarn.app.mapreduce.am.resource.mb":                     strconv.FormatInt(s.master, 10),
		"yarn.app.mapreduce.am.admin-command-opts":              needed,
		"yarn.app.mapreduce.am.command-opts":                    c.options(s.master),
		"yarn.app.mapreduce.am.scheduler.heartbeat.interval-ms": "100",
		"mapreduce.map.memory.mb":                               strconv.FormatInt(s.task, 10),
		"mapreduce.reduce.memory.mb":                            strconv.FormatInt(s.task, 10),
		"mapreduce.admin.map.child.java.opts":                   needed,
		"mapreduce.admin.reduce.child.java.opts":                needed,
		"mapreduce.map.java.opts":                               task,
		"mapreduce.reduce.java.opts":                            task,
		"mapreduce.task.io.sort.mb":                             strconv.FormatInt(min(64, s.task/6), 10),
		"mapreduce.job.ubertask.enable":                         c.Profile.Uber(),
		"mapreduce.client.completion.pollinterval":              "200",
		"mapreduce.client.progressmonitor.pollinterval":         "200",
		"mapreduce.client.submit.file.replication":              strconv.Itoa(max(1, min(2, c.Copies))),
	}
}

// options of a container's JVM that users may replace: two thirds of its memory are heap.
func (c Cluster) options(mib int64) string {
	return fmt.Sprintf("-Xmx%dm %s", mib*2/3, c.Profile.Flags())
}

// Core is core-site.xml on the file system of that URL. A dead service is given
// up after 20 seconds.
func Core(fileSystem string) site.Properties {
	return site.Properties{
		"fs.defaultFS":                               fileSystem,
		"hadoop.http.staticuser.user":                "ferry",
		"hadoop.proxyuser.hive.hosts":                "*",
		"hadoop.proxyuser.hive.groups":               "*",
		"ipc.client.connect.max.retries":             "100",
		"ipc.client.connect.retry.interval":          "200",
		"ipc.client.connect.timeout":                 "2000",
		"ipc.client.connect.max.retries.on.timeouts": "10",
	}
}

// Files of YARN and MapReduce.
func (c Cluster) Files() site.Files {
	return site.Files{"yarn-site": c.Yarn(), "mapred-site": c.MapReduce(), "capacity-scheduler": c.Scheduler()}
}

// ConfigHelp names the files that a service's config may set, core-site and those
// of YARN and MapReduce being among them.
func ConfigHelp(more ...string) map[string]string {
	help := map[string]string{}
	for _, file := range append(more, "core-site", "yarn-site", "mapred-site", "capacity-scheduler") {
		help[file] = "any key of " + file + ".xml that does not tie the machines together"
	}
	return help
}
