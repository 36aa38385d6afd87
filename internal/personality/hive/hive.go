// Package hive is the layer Hive: SQL over the files of a Hadoop or YARN service.
// One machine with the metastore, its PostgreSQL and HiveServer2; queries run on Tez
// in the containers of the service beneath.
package hive

import (
	"fmt"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/personality"
	"github.com/ferry-project/ferry/internal/personality/hadoop/mapreduce"
	"github.com/ferry-project/ferry/internal/personality/hadoop/site"
)

const (
	name    = "hive"
	confDir = "/service/conf/hive"
	bin     = "/opt/hive/bin/hive"

	metastorePort = 9083
	serverPort    = 10000
	serverWeb     = 10002
	databasePort  = 5432
)

// Personality is the Hive layer.
type Personality struct{}

// Card says what it is.
func (Personality) Card() personality.Card {
	return personality.Card{
		Name: name, Class: ferry.Layer, Description: "Hive: SQL on Hadoop, with Tez",
		On: []string{"hadoop", "yarn"}, Client: "hadoop-client", Host: name, Recipe: name, MaxInstances: 1,
		Config: map[string]string{
			"hive-site": "any key of hive-site.xml that does not tie the machines together",
			"tez-site":  "any key of tez-site.xml",
		},
		XML: true,
	}
}

// Nodes returns the one machine. Its options are those of the service beneath, which
// has checked them.
func (Personality) Nodes(ferry.Service) ([]personality.Shape, error) {
	return []personality.Shape{{Role: "hive", MemoryMin: 1024 * ferry.MiB, Memory: 1536 * ferry.MiB}}, nil
}

// Describe says everything about the layer.
func (Personality) Describe(r personality.Request) (ferry.Blueprint, error) {
	profile, faults := mapreduce.ProfileOf(r.Service)
	if err := faults.OrNil(); err != nil {
		return ferry.Blueprint{}, err
	}
	h := layer{request: r, machine: r.Nodes[0], profile: profile}
	bp := ferry.Blueprint{
		Nodes:   []ferry.NodeBlueprint{h.node()},
		Tasks:   h.warehouse(),
		Probes:  []ferry.Probe{h.answers()},
		Tests:   []ferry.Task{h.selects()},
		Secrets: []ferry.Secret{{Name: h.password(), Kind: ferry.Password, Renewable: true}},
		Export:  h.export(),
		Web:     []ferry.WebPage{{Name: "HiveServer2", Node: h.machine.Name, Port: serverWeb}},
		Open:    "read and change every table as anybody",
	}
	for _, e := range r.Beneath {
		personality.Attach(&bp, h.machine.Name, e)
	}
	return bp, nil
}

// layer is one Hive.
type layer struct {
	request personality.Request
	machine personality.Machine
	profile mapreduce.Profile
}

// parent is what the queries run on.
func (h layer) parent() ferry.Export { return h.request.Beneath[0] }

// nameNode is the host of the HDFS beneath; "" on a POSIX directory.
func (h layer) nameNode() string { return h.parent().Values["hdfs"] }

// mount is the shared directory, where there is no HDFS: that of the storage below
// the compute.
func (h layer) mount() string {
	for _, e := range h.request.Beneath {
		if path := e.Values["path"]; path != "" {
			return path
		}
	}
	return "/service/data"
}

// user of the daemons. On a POSIX directory there is but one, for the files there
// belong to whoever wrote them.
func (h layer) user() string {
	if h.nameNode() == "" {
		return "ferry"
	}
	return name
}

func (h layer) password() string { return "hive-metastore-" + h.request.ID }
func (h layer) url() string {
	return fmt.Sprintf("jdbc:hive2://%s:%d/default", h.machine.Name, serverPort)
}

func (h layer) node() ferry.NodeBlueprint {
	return ferry.NodeBlueprint{
		Name: h.machine.Name, Role: h.machine.Role, Image: name,
		Processes: []ferry.Process{h.database(), h.metastore(), h.server()},
		Files:     h.files(),
		Volumes:   []ferry.Volume{{Name: "metastore", Path: "/service/metastore"}},
		Ports: []ferry.Port{
			{Name: "metastore", Container: metastorePort}, {Name: "thrift", Container: serverPort}, {Name: "web", Container: serverWeb},
		},
		Env: mapreduce.Env(h.profile,
			"HIVE_METASTORE_OPTS", mapreduce.Heap(h.machine, 16), "HIVE_SERVER2_OPTS", mapreduce.Heap(h.machine, 34)),
	}
}

func (h layer) database() ferry.Process {
	return ferry.Process{
		Name: "postgres", User: "postgres", Vital: true, StopSignal: "INT",
		Command: []string{"/usr/lib/ferry/metastore-database", confDir + "/password"},
	}
}

func (h layer) metastore() ferry.Process {
	return ferry.Process{
		Name: "metastore", User: h.user(), Await: []string{fmt.Sprintf("localhost:%d", databasePort)},
		Command: append(h.wait(), bin, "--service", "metastore", "-p", fmt.Sprint(metastorePort)),
	}
}

// wait is what the daemons' commands begin with on a POSIX directory. On HDFS they
// start beside it.
func (h layer) wait() []string {
	if h.nameNode() == "" {
		return mapreduce.AwaitMount(h.mount())
	}
	return nil
}

// warehouse makes the directory for tables in HDFS. Every user may put tables into
// it, and none may remove another's.
func (h layer) warehouse() []ferry.Task {
	if h.nameNode() == "" {
		return nil
	}
	space := mapreduce.OnHDFS(h.nameNode(), "")
	return []ferry.Task{{
		Name: "warehouse", Node: h.machine.Name, User: h.user(), When: ferry.EveryStart, After: []string{"ready " + h.parent().Nodes[0]},
		Command: space.Directories("/user/hive:hive:hadoop:755", warehouse+":hive:hadoop:1777"),
	}}
}

func (h layer) server() ferry.Process {
	return ferry.Process{
		Name: "hiveserver2", User: h.user(), Command: append(h.wait(), bin, "--service", "hiveserver2"),
	}
}

// query is a session of Thrift, as a client has one, that selects a number.
func (h layer) query() []string {
	return []string{"python3", "-I", "/usr/lib/ferry/hive-query.py", "localhost", fmt.Sprint(serverPort), h.user()}
}

func (h layer) selects() ferry.Task {
	return ferry.Task{Name: "select", Node: h.machine.Name, User: h.user(), When: ferry.OnTest, Command: h.query()}
}

func (h layer) answers() ferry.Probe {
	return ferry.Probe{
		Name: "query", Node: h.machine.Name, User: h.user(), Command: h.query(),
		Description: "HiveServer2 answers a query", Deadline: 3 * time.Minute,
		Hint: fmt.Sprintf("see ferry logs %s %s", ferry.StackRef, h.machine.Name),
	}
}

func (h layer) export() ferry.Export {
	return ferry.Export{
		Values: map[string]string{"type": name, "ip": h.machine.Name, "db": h.machine.Name, "url": h.url()},
		Nodes:  []string{h.machine.Name},
		Env:    map[string]string{"HIVE_JDBC_URL": h.url(), "BACKEND_" + h.parentClass() + "_DB": h.machine.Name},
		Files:  site.Files{"hive-site": h.clientSite(), "tez-site": h.tezSite()}.Render(confDir),
	}
}

// parentClass is the word of the original's variables: STORAGE or COMPUTE.
func (h layer) parentClass() string {
	if h.parent().Class == ferry.Compute {
		return "COMPUTE"
	}
	return "STORAGE"
}
