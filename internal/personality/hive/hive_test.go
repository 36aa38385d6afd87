package hive_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/personality"
	"github.com/ferry-project/ferry/internal/personality/hive"
	"github.com/ferry-project/ferry/internal/personality/personalitytest"
)

// What Hive can stand on: HDFS with its YARN, or a YARN over a shared directory.
func on(kind string) []ferry.Export {
	parent := ferry.Export{
		Personality: "hadoop", Class: ferry.Storage, Nodes: []string{"hadoop0"},
		Values: map[string]string{"hdfs": "hadoop0", "container": "512"},
		Files:  []ferry.File{{Path: "/service/conf/hadoop/core-site.xml"}, {Path: "/elsewhere/x"}},
	}
	if kind == "hadoop" {
		return []ferry.Export{parent}
	}
	parent.Personality, parent.Class, parent.Values = "yarn", ferry.Compute, map[string]string{"container": "400"}
	return []ferry.Export{parent, {Personality: "gluster", Class: ferry.Storage, Nodes: []string{"gluster0"}, Values: map[string]string{"path": "/data"}}}
}

func describe(t *testing.T, kind string, config map[string]map[string]string) ferry.Blueprint {
	t.Helper()
	bp, err := hive.Personality{}.Describe(personality.Request{
		Lineage: "sa-1", ID: "se-1", Service: ferry.Service{Personality: "hive", Config: config}, Beneath: on(kind),
		Nodes: []personality.Machine{{Name: "hive0", Role: "hive", Memory: 1 << 30, CPUs: 1}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return bp
}

// On HDFS queries run as who asked; a shared directory knows one user only.
func TestWhatItStandsOn(t *testing.T) {
	for name, c := range map[string]struct {
		user, doAs, warehouse, variable string
		tasks                           int
	}{
		"hadoop": {"hive", "true", "/user/hive/warehouse", "BACKEND_STORAGE_DB", 1},
		"yarn":   {"ferry", "false", "/data/hive", "BACKEND_COMPUTE_DB", 0},
	} {
		t.Run(name, func(t *testing.T) {
			bp := describe(t, name, nil)
			site := personalitytest.File(t, bp.Nodes[0].Files, "hive-site.xml").Content
			for key, want := range map[string]string{"hive.server2.enable.doAs": c.doAs, "hive.metastore.warehouse.dir": c.warehouse} {
				if !strings.Contains(site, "<name>"+key+"</name><value>"+want+"</value>") {
					t.Errorf("%s is not %s in\n%s", key, want, site)
				}
			}
			if server := bp.Nodes[0].Processes[2]; server.User != c.user || len(bp.Tasks) != c.tasks || bp.Export.Env[c.variable] != "hive0" {
				t.Errorf("HiveServer2 as %s, tasks %v, environment %v", server.User, bp.Tasks, bp.Export.Env)
			}
		})
	}
}

// The password is in files that only their owner reads, and in no client's.
func TestPassword(t *testing.T) {
	bp := describe(t, "hadoop", nil)
	for _, f := range bp.Nodes[0].Files {
		if strings.Contains(f.Content, "ferry-secret") && f.Mode != 0o600 {
			t.Errorf("%s has mode %o", f.Path, f.Mode)
		}
	}
	if !strings.Contains(personalitytest.File(t, bp.Nodes[0].Files, "hive-site.xml").Content, "ferry-secret") {
		t.Error("the metastore has no password")
	}
	for _, f := range bp.Export.Files {
		if strings.Contains(f.Content, "ferry-secret") || strings.Contains(f.Content, "ConnectionPassword") {
			t.Errorf("a client's %s names it", f.Path)
		}
	}
}

// Of what is beneath it takes Hadoop's configuration and the size of a container.
func TestContainersFitTheirNodes(t *testing.T) {
	for name, want := range map[string]string{"hadoop": "512", "yarn": "400"} {
		bp := describe(t, name, nil)
		tez := personalitytest.File(t, bp.Nodes[0].Files, "tez-site.xml").Content
		if !strings.Contains(tez, "<name>tez.am.resource.memory.mb</name><value>"+want+"<") {
			t.Errorf("on %s:\n%s", name, tez)
		}
		if slices.ContainsFunc(bp.Nodes[0].Files, func(f ferry.File) bool { return f.Path == "/elsewhere/x" }) {
			t.Error("it took a file that is not Hadoop's")
		}
	}
}

// Tez's master and tasks have what HiveServer2 has, also beside options of the user's.
func TestContainersHaveWhatTheirJVMsNeed(t *testing.T) {
	bp := describe(t, "hadoop", map[string]map[string]string{
		"hive-site": {"hive.tez.java.opts": "-Xmx99m"}, "tez-site": {"tez.am.launch.cmd-opts": "-Xmx98m", "tez.task.launch.cluster-default.cmd-opts": "-Dmine=1"},
	})
	for _, files := range [][]ferry.File{bp.Nodes[0].Files, bp.Export.Files} {
		tez := personalitytest.File(t, files, "tez-site.xml").Content
		for _, key := range []string{"am", "task"} {
			if !strings.Contains(tez, "<name>tez."+key+".launch.cluster-default.cmd-opts</name><value>@/opt/hadoop/jvm.options ") {
				t.Errorf("no options for the %s in\n%s", key, tez)
			}
		}
		if !strings.Contains(tez, ":$CLASSPATH -Dmine=1<") || !strings.Contains(tez, "cmd-opts</name><value>-Xmx98m<") {
			t.Errorf("the user's options are not as asked\n%s", tez)
		}
	}
	if site := personalitytest.File(t, bp.Nodes[0].Files, "hive-site.xml").Content; !strings.Contains(site, "hive.tez.java.opts</name><value>-Xmx99m<") {
		t.Errorf("hive-site.xml\n%s", site)
	}
}

// Tables may be transactional, and somebody compacts them.
func TestTransactions(t *testing.T) {
	site := personalitytest.File(t, describe(t, "hadoop", nil).Nodes[0].Files, "hive-site.xml").Content
	for _, want := range []string{
		"hive.support.concurrency</name><value>true<", "lockmgr.DbTxnManager<", "compactor.initiator.on</name><value>true<", "hive.compactor.worker.threads</name><value>1<",
	} {
		if !strings.Contains(site, want) {
			t.Errorf("no %s in\n%s", want, site)
		}
	}
}

func TestUsersOwnKeys(t *testing.T) {
	bp := describe(t, "hadoop", map[string]map[string]string{"hive-site": {"hive.execution.engine": "mr"}, "tez-site": {"tez.runtime.io.sort.mb": "8"}})
	if site := personalitytest.File(t, bp.Nodes[0].Files, "hive-site.xml").Content; !strings.Contains(site, "<value>mr<") {
		t.Errorf("hive-site.xml\n%s", site)
	}
	if tez := personalitytest.File(t, bp.Nodes[0].Files, "tez-site.xml").Content; !strings.Contains(tez, "sort.mb</name><value>8<") {
		t.Errorf("tez-site.xml\n%s", tez)
	}
}
