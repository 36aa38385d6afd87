// Package yarn is the compute YARN with MapReduce: one master and n workers over a
// Gluster volume that all of them mount, or over the HDFS of a Hadoop storage.
package yarn

import (
	"strconv"
	"strings"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/personality"
	"github.com/ferry-project/ferry/internal/personality/hadoop/mapreduce"
	"github.com/ferry-project/ferry/internal/personality/hadoop/site"
)

const (
	name   = "yarn"
	worker = "worker"
)

// Personality is the YARN compute.
type Personality struct{}

// Card says what it is.
func (Personality) Card() personality.Card {
	return personality.Card{
		Name: name, Class: ferry.Compute,
		Description: "YARN and MapReduce on a shared Gluster volume or on HDFS",
		On:          []string{"gluster", "hadoop"}, Client: "hadoop-client", Host: name, Recipe: "hadoop", MaxInstances: 60,
		Grows: true, Shrinks: true, // by the tasks of mapreduce.Cluster.Moves
		Args:   map[string]string{"profile": mapreduce.ProfileHelp},
		Config: mapreduce.ConfigHelp(), XML: true,
	}
}

// Nodes returns the master and one machine per worker.
func (Personality) Nodes(s ferry.Service) ([]personality.Shape, error) {
	_, faults := mapreduce.ProfileOf(s)
	faults = append(faults, site.Check(s.Config)...)
	faults = append(faults, mapreduce.CheckMemory(s)...)
	master := personality.Shape{Role: "master", MemoryMin: 640 * ferry.MiB, Memory: 1024 * ferry.MiB}
	return append([]personality.Shape{master}, mapreduce.Workers(s, worker)...), faults.OrNil()
}

// Describe says everything about the cluster.
func (Personality) Describe(r personality.Request) (ferry.Blueprint, error) {
	profile, faults := mapreduce.ProfileOf(r.Service)
	if err := faults.OrNil(); err != nil {
		return ferry.Blueprint{}, err
	}
	c := cluster{request: r, storage: r.Beneath[0]}
	c.jobs = mapreduce.Cluster{Manager: r.Nodes[0], Workers: r.Nodes[1:], Profile: profile, Space: c.space(r.Nodes[0].Name)}
	c.jobs.Copies, _ = strconv.Atoi(c.storage.Values["replication"]) // Gluster has none
	bp := ferry.Blueprint{Web: c.jobs.Web(), Export: c.export(), Open: "run programs in its nodes", Tasks: c.jobs.Moves()}
	for _, m := range r.Nodes {
		bp.Nodes = append(bp.Nodes, c.node(m))
		personality.Attach(&bp, m.Name, c.storage)
	}
	bp.Probes = append(bp.Probes, c.jobs.Probes()...)
	return bp, nil
}

// cluster is one YARN service.
type cluster struct {
	request personality.Request
	storage ferry.Export
	jobs    mapreduce.Cluster
}

// nameNode is the host of the HDFS beneath; "" on Gluster.
func (c cluster) nameNode() string { return c.storage.Values["hdfs"] }

// space is the file system as one machine sees it. On Gluster each has staging and
// temporary data of its own on the volume, as users of the original knew it.
func (c cluster) space(host string) mapreduce.Space {
	if nn := c.nameNode(); nn != "" {
		return mapreduce.OnHDFS(nn, "/mr-history-"+c.request.Nodes[0].Name)
	}
	mount := c.storage.Values["path"]
	return mapreduce.Space{
		Mount: mount, YARN: "ferry", History: "ferry",
		Staging: mount + "/" + host + "/staging", Past: mount + "/mr-history", Logs: mount + "/app-logs",
	}
}

// files of a machine; the clients' is one of the name "client".
func (c cluster) files(m personality.Machine) []ferry.File {
	jobs := c.jobs
	jobs.Space = c.space(m.Name)
	f := jobs.Files()
	if m.Role == worker {
		f = jobs.WorkerFiles(m, f)
	}
	if c.nameNode() != "" {
		f["core-site"] = mapreduce.Core(c.storage.Values["url"])
		return append(f.With(c.request.Service.Config).Render(site.Dir), c.hdfsSite()...)
	}
	mount := c.storage.Values["path"]
	f["core-site"] = mapreduce.Core("file:///").With(map[string]string{
		"hadoop.tmp.dir": mount + "/" + m.Name + "/tmp",
		// A task's own directory and its job's are not the same: with one cached file
		// system for both, TeraSort would look for its partitions where they are not.
		"fs.file.impl.disable.cache": "true",
	})
	// Renaming whole trees is slow on Gluster: tasks write where the result belongs.
	f["mapred-site"]["mapreduce.fileoutputcommitter.algorithm.version"] = "2"
	return f.With(c.request.Service.Config).Render(site.Dir)
}

// hdfsSite is the storage's own.
func (c cluster) hdfsSite() []ferry.File {
	for _, f := range c.storage.Files {
		if strings.HasSuffix(f.Path, "/hdfs-site.xml") {
			return []ferry.File{f}
		}
	}
	return nil
}

// node is one machine. Workers stop before the master: a NodeManager without its
// head hangs for 20 seconds.
func (c cluster) node(m personality.Machine) ferry.NodeBlueprint {
	n := ferry.NodeBlueprint{Name: m.Name, Role: m.Role, Image: mapreduce.Image(c.request.Service), Files: c.files(m)}
	if m.Role == worker {
		n.Processes = []ferry.Process{c.jobs.NodeManager()}
		n.Ports = []ferry.Port{{Name: "NodeManager", Container: mapreduce.NodeWeb}}
		n.Env = c.jobs.WorkerEnv()
		return n
	}
	n.Files = append(n.Files, site.Excludes()...)
	for _, w := range c.jobs.Workers {
		n.StopAfter = append(n.StopAfter, w.Name)
	}
	n.Processes = []ferry.Process{c.jobs.ResourceManager(), c.jobs.HistoryServer()}
	n.Ports, n.Env = c.jobs.Ports(), c.jobs.ManagerEnv()
	return n
}

func (c cluster) export() ferry.Export {
	head := c.request.Nodes[0].Name
	e := ferry.Export{
		Values: map[string]string{
			"type": name, "ip": head, "yarn": head, "container": c.jobs.ContainerText(),
			"storage_type": c.storage.Personality, "hdfs_type": c.storage.Personality,
		},
		Files: c.files(personality.Machine{Name: "client"}),
	}
	if nn := c.nameNode(); nn != "" {
		e.Values["hdfs"] = nn
	} else {
		url := c.storage.Nodes[0] + ":/" + c.storage.Values["volume"]
		e.Values["storage_url"], e.Values["gluster_url"] = url, url
		e.Values["path"] = c.storage.Values["path"]
	}
	for _, m := range c.request.Nodes {
		e.Nodes = append(e.Nodes, m.Name)
	}
	return e
}
