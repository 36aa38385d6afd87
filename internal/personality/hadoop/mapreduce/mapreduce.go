// Package mapreduce is what the personalities hadoop and yarn share: YARN with
// MapReduce and its history server, over HDFS or over a shared POSIX directory.
package mapreduce

import (
	"fmt"
	"slices"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/personality"
	"github.com/ferry-project/ferry/internal/script"
)

// Ports of the daemons.
const (
	ManagerWeb = 8088
	NodeWeb    = 8042
	HistoryWeb = 19888
)

const (
	bin = "/opt/hadoop/bin/"
	// Scratch is where nodes keep what no one misses: the files of running tasks.
	Scratch = "/service/scratch"
	// Overhead of a worker's daemons, which YARN must not give to jobs.
	Overhead = 512 * ferry.MiB
	// LeastWorker is the smallest worker that can run a job of two containers.
	LeastWorker = Overhead + 512*ferry.MiB
)

// Cluster is one YARN cluster.
type Cluster struct {
	Manager personality.Machine // ResourceManager and history server
	// Workers are those that the service began with, and those that joined it, in order.
	Workers []personality.Machine
	// Copies of each block of its HDFS; 0: there is none.
	Copies  int
	Profile Profile
	Space   Space
}

// Space is the file system that jobs work on.
type Space struct {
	// NameNode is its host; empty: the POSIX directory Mount, which all nodes mount.
	NameNode, Mount string
	// Users that the daemons run as.
	YARN, History string
	// Staging holds the files of jobs that run, Past what the history server
	// keeps, Logs the output of tasks. All are paths of the file system.
	Staging, Past, Logs string
}

// OnHDFS is the space of a cluster on HDFS; past tells apart two clusters on one.
func OnHDFS(nameNode, past string) Space {
	return Space{NameNode: nameNode, YARN: "yarn", History: "mapred", Staging: "/user", Past: past, Logs: "/app-logs"}
}

// HDFSWeb is the port of the NameNode's web interface.
const HDFSWeb = 9870

// wait is what a daemon's command begins with where the file system has to be
// there before it.
func (s Space) wait() []string {
	if s.Mount == "" {
		return nil
	}
	return AwaitMount(s.Mount)
}

// AwaitMount is the beginning of a command that waits until something is mounted.
func AwaitMount(dir string) []string { return []string{"/usr/lib/ferry/await-mount", dir} }

// Heap returns a part of a node's memory, in hundredths, as the JVM's option.
func Heap(m personality.Machine, hundredths int64) string {
	return fmt.Sprintf("-Xmx%dm", m.Memory*hundredths/100/ferry.MiB)
}

// Env is what the node of a process has in its environment: the options of the
// JVMs, so that the plan shows them.
func Env(p Profile, kinds ...string) map[string]string {
	env := map[string]string{"HADOOP_OPTS": p.Flags()}
	for i := 0; i+1 < len(kinds); i += 2 {
		env[kinds[i]] = kinds[i+1]
	}
	return env
}

// ManagerEnv is the environment of the machine with the heads.
func (c Cluster) ManagerEnv() map[string]string {
	return Env(c.Profile, "YARN_RESOURCEMANAGER_OPTS", Heap(c.Manager, 20), "MAPRED_HISTORYSERVER_OPTS", Heap(c.Manager, 14))
}

// WorkerEnv is the environment of the others.
func (c Cluster) WorkerEnv() map[string]string {
	return Env(c.Profile, "YARN_NODEMANAGER_OPTS", "-Xmx128m")
}

// ResourceManager is YARN's head.
func (c Cluster) ResourceManager() ferry.Process {
	return ferry.Process{
		Name: "resourcemanager", User: c.Space.YARN,
		Command: append(c.Space.wait(), bin+"yarn", "resourcemanager"),
	}
}

// NodeManager runs a worker's containers.
func (c Cluster) NodeManager() ferry.Process {
	return ferry.Process{
		Name: "nodemanager", User: c.Space.YARN,
		Command: append(c.Space.wait(), bin+"yarn", "nodemanager"),
	}
}

// HistoryServer keeps what jobs did. On HDFS it waits until there is one to write
// to (left to itself it sleeps for ten seconds) and makes the directories that
// every user needs.
func (c Cluster) HistoryServer() ferry.Process {
	command := append(c.Space.wait(), bin+"mapred", "historyserver")
	if c.Space.NameNode != "" {
		wait := c.Space.Directories("/tmp:hdfs:hadoop:1777", "/user:hdfs:hadoop:755",
			c.Space.Logs+":yarn:hadoop:1777", c.Space.Past+":mapred:hadoop:755")
		command = slices.Concat(wait, []string{"--"}, command)
	}
	return ferry.Process{Name: "historyserver", User: c.Space.History, Command: command}
}

// Directories is the command that makes directories of HDFS, PATH:OWNER:GROUP:MODE
// each, without a JVM.
func (s Space) Directories(specs ...string) []string {
	return append([]string{"python3", "-I", "/usr/lib/ferry/webhdfs.py", fmt.Sprintf("%s:%d", s.NameNode, HDFSWeb), "hdfs"}, specs...)
}

// Probes say what ready means: every NodeManager is active, the history server answers.
func (c Cluster) Probes() []ferry.Probe {
	return []ferry.Probe{
		{
			Name: "nodemanagers", Node: c.Manager.Name, Ask: script.HTTP{
				Path: "/ws/v1/cluster/metrics", Expect: fmt.Sprintf(`"activeNodes":%d\b|<activeNodes>%[1]d<`, len(c.Workers)),
			}.Ask(ManagerWeb),
			Description: fmt.Sprintf("%d NodeManagers are active", len(c.Workers)),
			Hint:        "a NodeManager that is missing or unhealthy says why in its log",
		},
		{
			Name: "history", Node: c.Manager.Name, Ask: script.HTTP{Path: "/ws/v1/history/info", Expect: "startedOn"}.Ask(HistoryWeb),
			Description: "the history server answers",
		},
	}
}

// Web are the pages for people.
func (c Cluster) Web() []ferry.WebPage {
	return []ferry.WebPage{
		{Name: "ResourceManager", Node: c.Manager.Name, Port: ManagerWeb, Path: "/cluster"},
		{Name: "JobHistory", Node: c.Manager.Name, Port: HistoryWeb, Path: "/jobhistory"},
	}
}

// Ports of the manager.
func (c Cluster) Ports() []ferry.Port {
	return []ferry.Port{
		{Name: "YARN", Container: 8032},
		{Name: "scheduler", Container: 8030},
		{Name: "tracker", Container: 8031},
		{Name: "administration", Container: adminPort},
		{Name: "ResourceManager", Container: ManagerWeb},
		{Name: "history", Container: 10020},
		{Name: "JobHistory", Container: HistoryWeb},
	}
}

// Image of the nodes: with Hive, its libraries are in each, for Tez runs them there.
func Image(s ferry.Service) string {
	if slices.Contains(s.Layers, "hive") {
		return "hive"
	}
	return "hadoop"
}
