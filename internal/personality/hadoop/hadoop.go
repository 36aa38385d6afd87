// Package hadoop is the storage Hadoop: HDFS with YARN and the history server on
// it. One master machine and n workers; with the layout split, two masters.
package hadoop

import (
	"fmt"
	"hash/fnv"
	"strconv"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/personality"
	"github.com/ferry-project/ferry/internal/personality/hadoop/mapreduce"
	"github.com/ferry-project/ferry/internal/personality/hadoop/site"
)

const name = "hadoop"

// Personality is the Hadoop storage.
type Personality struct{}

// Card says what it is.
func (Personality) Card() personality.Card {
	return personality.Card{
		Name: name, Class: ferry.Storage,
		Description: "Hadoop: HDFS over n workers, with YARN and MapReduce",
		Client:      "hadoop-client", Host: name, Recipe: name, MaxInstances: 60,
		Grows: true, Shrinks: true, // by the tasks of moves.go
		Args: map[string]string{
			"profile":     mapreduce.ProfileHelp,
			"replication": "copies of each block; default 3, or the number of workers if that is less",
			"layout":      "joint (default): one master machine; split: one for the ResourceManager, one for the NameNode",
		},
		Config: mapreduce.ConfigHelp("hdfs-site"), XML: true,
	}
}

// Nodes returns the masters and one machine per worker.
func (Personality) Nodes(s ferry.Service) ([]personality.Shape, error) {
	o, err := read(s, nil)
	if err != nil {
		return nil, err
	}
	return o.shapes(s), nil
}

// Describe says everything about the cluster.
func (Personality) Describe(r personality.Request) (ferry.Blueprint, error) {
	o, err := read(r.Service, r.Layout)
	if err != nil {
		return ferry.Blueprint{}, err
	}
	h := newHDFS(r, o)
	bp := ferry.Blueprint{
		Tasks:  append(h.moves(), h.jobs.Moves()...),
		Probes: append(h.probes(), h.jobs.Probes()...),
		Layout: o.layout(),
		Web:    append([]ferry.WebPage{{Name: "NameNode", Node: h.nameNode.Name, Port: mapreduce.HDFSWeb, Formerly: []int{50070}}}, h.jobs.Web()...),
		Export: h.export(),
		Tests:  []ferry.Task{h.fsck()},
		Open:   "read and change every file as anybody, and run programs in its nodes",
	}
	if o.replication == 1 {
		bp.Notes = append(bp.Notes, "each block has one copy: a lost worker is lost data")
	}
	for _, m := range r.Nodes {
		bp.Nodes = append(bp.Nodes, h.node(m))
	}
	return bp, nil
}

// hdfs is one file system and the jobs on it.
type hdfs struct {
	request  personality.Request
	options  options
	nameNode personality.Machine
	workers  []personality.Machine
	jobs     mapreduce.Cluster
}

func newHDFS(r personality.Request, o options) hdfs {
	h := hdfs{request: r, options: o, nameNode: r.Nodes[0]}
	first := 1
	if o.split {
		h.nameNode, first = r.Nodes[1], 2
	}
	h.workers = r.Nodes[first:]
	h.jobs = mapreduce.Cluster{
		Manager: r.Nodes[0], Workers: h.workers, Copies: o.replication, Profile: o.profile,
		Space: mapreduce.OnHDFS(h.nameNode.Name, "/mr-history"),
	}
	return h
}

// namespace is the number that tells this file system from all others.
func (h hdfs) namespace() string {
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(h.request.Lineage + "/" + h.request.ID)) // a hash takes everything
	return fmt.Sprint(sum.Sum32()>>1 | 1)
}

// node is one machine with the daemons of its role. Workers stop before the
// masters: a NodeManager without its head hangs for 20 seconds.
func (h hdfs) node(m personality.Machine) ferry.NodeBlueprint {
	n := ferry.NodeBlueprint{Name: m.Name, Role: m.Role, Image: mapreduce.Image(h.request.Service), Files: h.files(m).Render(site.Dir), Env: h.env(m)}
	if m.Role == worker {
		n.Processes = []ferry.Process{h.dataNode(), h.jobs.NodeManager()}
		n.Volumes = []ferry.Volume{{Name: "blocks", Path: "/service/blocks"}}
		n.Ports = []ferry.Port{
			{Name: "DataNode", Container: dataWeb, Formerly: []int{50075}},
			{Name: "data", Container: dataPort, Formerly: []int{50010}},
			{Name: "NodeManager", Container: mapreduce.NodeWeb},
		}
		return n
	}
	n.Files = append(n.Files, site.Excludes()...)
	for _, w := range h.workers {
		n.StopAfter = append(n.StopAfter, w.Name)
	}
	if m.Role != manager {
		n.Processes = append(n.Processes, h.head())
		n.Volumes = []ferry.Volume{{Name: "name", Path: "/service/name"}}
		n.Ports = append(n.Ports, ferry.Port{Name: "HDFS", Container: rpc, Formerly: []int{8020}}, ferry.Port{Name: "NameNode", Container: mapreduce.HDFSWeb})
	}
	if m.Role != nameNode {
		n.Processes = append(n.Processes, h.jobs.ResourceManager(), h.jobs.HistoryServer())
		n.Ports = append(n.Ports, h.jobs.Ports()...)
	}
	return n
}

// env are the options of a machine's JVMs; the plan shows them.
func (h hdfs) env(m personality.Machine) map[string]string {
	switch m.Role {
	case worker:
		env := h.jobs.WorkerEnv()
		env["HDFS_DATANODE_OPTS"] = "-Xmx128m"
		return env
	case nameNode:
		return mapreduce.Env(h.options.profile, "HDFS_NAMENODE_OPTS", mapreduce.Heap(m, 50))
	}
	env := h.jobs.ManagerEnv()
	if m.Role == master {
		env["HDFS_NAMENODE_OPTS"] = mapreduce.Heap(m, 20)
	}
	return env
}

func (h hdfs) head() ferry.Process {
	return ferry.Process{
		Name: "namenode", User: "hdfs", Vital: true,
		Command: []string{"/usr/lib/ferry/namenode", "CID-" + h.request.Lineage + "-" + h.request.ID, h.namespace()},
	}
}

func (h hdfs) dataNode() ferry.Process {
	return ferry.Process{Name: "datanode", User: "hdfs", Command: []string{"/opt/hadoop/bin/hdfs", "datanode"}}
}

// fsck is the smoke test: no block of any file is missing or corrupt.
func (h hdfs) fsck() ferry.Task {
	return ferry.Task{
		Name: "fsck", Node: h.nameNode.Name, User: "hdfs", When: ferry.OnTest,
		Command: []string{"/opt/hadoop/bin/hdfs", "fsck", "/"},
	}
}

func (h hdfs) export() ferry.Export {
	e := ferry.Export{
		Values: map[string]string{
			"type": name, "ip": h.nameNode.Name, "hdfs": h.nameNode.Name, "yarn": h.jobs.Manager.Name,
			"storage_type": name, "hdfs_type": name, "url": h.url(), "container": h.jobs.ContainerText(),
			"replication": strconv.Itoa(h.options.replication),
		},
		Files: h.files(personality.Machine{}).Render(site.Dir),
	}
	for _, m := range h.request.Nodes {
		e.Nodes = append(e.Nodes, m.Name)
	}
	return e
}
