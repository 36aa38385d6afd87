package plan_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/plan"
)

// hadoop is the original's application of the same name, with n workers.
func hadoop(n int, set func(*ferry.Service)) ferry.Application {
	s := ferry.Service{Path: "backend[0].storage", Personality: "hadoop", Instances: n}
	if set != nil {
		set(&s)
	}
	return ferry.Application{
		Name:     "hadoop",
		Backends: []ferry.Backend{{Storage: s}},
		Connectors: []ferry.Service{{
			Path: "connectors[0]", Personality: "hadoop-client", Name: "control-0", Instances: 1,
			Ports: []ferry.PortRequest{{Container: 19888}, {Host: 18088, Container: 8088}, {Container: 50070}, {Container: 8888}},
		}},
	}
}

// yarnOn is a YARN of two workers on a storage of two nodes.
func yarnOn(storage string) ferry.Application {
	a := hadoop(2, nil)
	a.Name = "yarn"
	a.Backends[0].Storage.Personality = storage
	a.Backends[0].Compute = []ferry.Service{{Path: "backend[0].compute[0]", Personality: "yarn", Instances: 2}}
	a.Connectors[0].Ports = nil
	return a
}

// withHive puts Hive on what is on top.
func withHive(a ferry.Application) ferry.Application {
	s := &a.Backends[0].Storage
	if len(a.Backends[0].Compute) > 0 {
		s = &a.Backends[0].Compute[0]
	}
	s.Layers = []string{"hive"}
	return a
}

func hadoopInput(a ferry.Application) plan.Input {
	in := input(a)
	for _, recipe := range []string{"hadoop", "hadoop-client", "hive"} {
		in.Images[recipe] = "ferry/" + recipe + ":1"
	}
	return in
}

func TestHadoopGolden(t *testing.T) {
	for name, a := range map[string]ferry.Application{
		"hadoop": hadoop(2, nil),
		"hadoop-split": hadoop(4, func(s *ferry.Service) {
			s.Args = map[string]string{"layout": "split", "profile": "server", "replication": "2"}
			s.Config = map[string]map[string]string{"hdfs-site": {"dfs.blocksize": "1m"}, "core-site": {"io.file.buffer.size": "<64k>"}}
		}),
		"hive":           withHive(hadoop(1, nil)),
		"yarn-on-hadoop": yarnOn("hadoop"),
	} {
		t.Run(name, func(t *testing.T) {
			p, err := plan.New(hadoopInput(a))
			if err != nil {
				t.Fatal(err)
			}
			golden(t, name+".txt", text(t, p))
		})
	}
}

// What a connector asks to have published is a page of the backend, under the port
// it has today or the one it had in Hadoop 2.
func TestConnectorPortsMeanTheBackendsPages(t *testing.T) {
	p, err := plan.New(hadoopInput(hadoop(2, nil)))
	if err != nil {
		t.Fatal(err)
	}
	master, _ := p.Node("hadoop0")
	hosts := map[int]int{}
	for _, port := range master.Ports {
		if port.Host > 0 {
			hosts[port.Container] = port.Host
		}
	}
	if len(hosts) != 3 || hosts[8088] != 18088 || hosts[9870] == 0 || hosts[19888] == 0 {
		t.Errorf("published on the master: %v", hosts)
	}
	client, _ := p.Node("control-0")
	if len(client.Ports) != 1 || client.Ports[0].Container != 8888 {
		t.Errorf("published on the connector: %+v", client.Ports)
	}
}

func TestHadoopRefuses(t *testing.T) {
	config := func(file, key, value string) func(*ferry.Service) {
		return func(s *ferry.Service) { s.Config = map[string]map[string]string{file: {key: value}} }
	}
	arg := func(key, value string) func(*ferry.Service) {
		return func(s *ferry.Service) { s.Args = map[string]string{key: value} }
	}
	for name, c := range map[string]struct {
		set  func(*ferry.Service)
		path string
		want string
	}{
		"replication above the workers": {arg("replication", "3"), "args.replication", "3 copies of each block need 3 workers, but there are 2"},
		"the same in the configuration": {config("hdfs-site", "dfs.replication", "5"), "config.hdfs-site.dfs.replication", "need 5 workers"},
		"replication of nothing":        {arg("replication", "0"), "args.replication", "whole number from 1"},
		"no such layout":                {arg("layout", "joined"), "args.layout", `no layout "joined"`},
		"no such profile":               {arg("profile", "quick"), "args.profile", `no profile "quick"`},
		"the default file system":       {config("core-site", "fs.defaultFS", "file:///"), "config.core-site.fs.defaultFS", "Ferry's to set"},
		"where the blocks are":          {config("hdfs-site", "dfs.datanode.data.dir", "/tmp"), "config.hdfs-site.dfs.datanode.data.dir", "Ferry's to set"},
		"a second NameNode":             {config("hdfs-site", "dfs.ha.namenodes.x", "a,b"), "config.hdfs-site.dfs.ha.namenodes.x", "Ferry's to set"},
		"a worker too small for a job":  {func(s *ferry.Service) { s.Resources.Memory = 512 << 20 }, "resources.memory", "with 512 MiB cannot run a job"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := plan.New(hadoopInput(hadoop(2, c.set)))
			fs, ok := errors.AsType[ferry.Faults](err)
			if !ok || len(fs) != 1 || fs[0].Path != "backend[0].storage."+c.path || !strings.Contains(fs[0].Message, c.want) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestHadoopThatDoesNotFitNamesTheSum(t *testing.T) {
	in := hadoopInput(hadoop(2, nil))
	in.Host.Memory = 4 << 30
	_, err := plan.New(in)
	if err == nil || !strings.Contains(err.Error(), "at least 4.4 GiB of memory (hadoop 3.9 GiB + hadoop-client 512 MiB)") {
		t.Errorf("got %v", err)
	}
}

// On Gluster every machine mounts the volume, shares files by it, and has staging
// and temporary data of its own there.
func TestYarnOnGluster(t *testing.T) {
	p, err := plan.New(hadoopInput(withHive(yarnOn("gluster"))))
	if err != nil {
		t.Fatal(err)
	}
	for node, own := range map[string]string{"yarn0": "yarn0", "yarn2": "yarn2", "control-0": "client"} {
		n, _ := p.Node(node)
		core, mapred := fileOf(n, "core-site.xml"), fileOf(n, "mapred-site.xml")
		for _, want := range []string{"<value>file:///</value>", "/service/data/" + own + "/tmp"} {
			if !strings.Contains(core, want) {
				t.Errorf("%s: core-site.xml without %s", node, want)
			}
		}
		if !strings.Contains(mapred, "/service/data/"+own+"/staging<") || !strings.Contains(mapred, "/service/data/mr-history/done<") {
			t.Errorf("%s: mapred-site.xml\n%s", node, mapred)
		}
	}
	for _, node := range []string{"yarn0", "yarn1", "yarn2", "hive0", "control-0"} {
		n, _ := p.Node(node)
		mount := func(p ferry.Process) bool { return p.Name == "mount" }
		if !slices.ContainsFunc(n.Processes, mount) || len(n.Devices) > 0 {
			t.Errorf("%s does not ask for the volume, or has devices: %v", node, n.Devices)
		}
	}
	hive, _ := p.Node("hive0")
	if site := fileOf(hive, "hive-site.xml"); !strings.Contains(site, ">/service/data/hive<") {
		t.Errorf("hive-site.xml\n%s", site)
	}
	client, _ := p.Node("control-0")
	if got := client.Env["BACKEND_COMPUTE_DB"] + " " + client.Env["BACKEND_COMPUTE_GLUSTER_URL"]; !strings.HasPrefix(got, "hive0 gluster0:/gluster-volume-se-") {
		t.Errorf("the client's environment says %q", got)
	}
}

// What the client has of Hive must not hold the metastore's password.
func TestHivePasswordStaysOnItsMachine(t *testing.T) {
	p, err := plan.New(hadoopInput(withHive(hadoop(1, nil))))
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range p.Nodes {
		for _, f := range n.Files {
			if strings.Contains(f.Content, "ferry-secret") && (n.Name != "hive0" || f.Mode != 0o600) {
				t.Errorf("%s %s (mode %o) holds a secret", n.Name, f.Path, f.Mode)
			}
		}
	}
}

func fileOf(n ferry.Node, name string) string {
	for _, f := range n.Files {
		if strings.HasSuffix(f.Path, "/"+name) {
			return f.Content
		}
	}
	return ""
}
