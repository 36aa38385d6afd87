package site_test

import (
	"encoding/xml"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ferry-project/ferry/internal/personality/hadoop/site"
)

func TestXML(t *testing.T) {
	p := site.Properties{"b": "1", "a.key": `<"&'> ${user.name} é`}
	const want = "<configuration>\n" +
		"  <property><name>a.key</name><value>&lt;&#34;&amp;&#39;&gt; ${user.name} é</value></property>\n" +
		"  <property><name>b</name><value>1</value></property>\n</configuration>\n"
	if got := p.XML(); got != want {
		t.Errorf("got\n%s", got)
	}
	var back struct {
		Properties []struct {
			Name  string `xml:"name"`
			Value string `xml:"value"`
		} `xml:"property"`
	}
	if err := xml.Unmarshal([]byte(p.XML()), &back); err != nil || len(back.Properties) != 2 || back.Properties[0].Value != p["a.key"] {
		t.Errorf("%v %+v", err, back)
	}
}

func TestWithLeavesTheOriginalAlone(t *testing.T) {
	f := site.Files{"core-site": {"a": "1", "b": "2"}, "yarn-site": {"c": "3"}}
	got := f.With(map[string]map[string]string{"core-site": {"b": "9", "d": "4"}, "no-site": {"e": "5"}})
	if len(got) != 2 || got["core-site"]["b"] != "9" || got["core-site"]["d"] != "4" || got["yarn-site"]["c"] != "3" {
		t.Errorf("%v", got)
	}
	if f["core-site"]["b"] != "2" || len(f["core-site"]) != 2 {
		t.Errorf("the original became %v", f)
	}
	if files := got.Render("/conf"); len(files) != 2 || files[0].Path != "/conf/core-site.xml" {
		t.Errorf("%+v", files)
	}
}

func TestCheck(t *testing.T) {
	for name, c := range map[string]struct {
		file, key string
		refused   bool
	}{
		"plain":             {"hdfs-site", "dfs.blocksize", false},
		"exact":             {"core-site", "fs.defaultFS", true},
		"by its beginning":  {"hdfs-site", "dfs.namenode.rpc-address.x", true},
		"of another file":   {"yarn-site", "fs.defaultFS", false},
		"longer than exact": {"core-site", "fs.defaultFS.x", false},
		"of no known file":  {"ssl-server", "dfs.ha.x", false},
		"by its newer name": {"hive-site", "metastore.thrift.uris", true},
		"the password":      {"hive-site", "javax.jdo.option.ConnectionPassword", true},
	} {
		t.Run(name, func(t *testing.T) {
			faults := site.Check(map[string]map[string]string{c.file: {c.key: "x"}})
			if (len(faults) == 1) != c.refused {
				t.Fatalf("%v", faults)
			}
			if c.refused && faults[0].Path != "config."+c.file+"."+c.key {
				t.Errorf("path %s", faults[0].Path)
			}
		})
	}
}

// What a container's JVM needs stays, whatever a user adds there.
func TestWithAddsToWhatIsNeeded(t *testing.T) {
	p := site.Properties{"tez.task.launch.cluster-default.cmd-opts": "needed", "hive.tez.java.opts": "-Xmx1m"}
	got := p.With(map[string]string{"tez.task.launch.cluster-default.cmd-opts": "-Dmine", "hive.tez.java.opts": "-Xmx2m", "mapreduce.admin.map.child.java.opts": "alone"})
	want := map[string]string{
		"tez.task.launch.cluster-default.cmd-opts": "needed -Dmine", "hive.tez.java.opts": "-Xmx2m", "mapreduce.admin.map.child.java.opts": "alone",
	}
	for k, v := range want {
		if got[k] != v {
			t.Errorf("%s is %q, want %q", k, got[k], v)
		}
	}
}

// Where workers are written that are to leave is wired; the files are there from the
// start, for daemons do not start without them.
func TestExcludes(t *testing.T) {
	paths := map[string]bool{}
	for _, f := range site.Excludes() {
		paths[f.Path] = f.Content == ""
	}
	if !paths[site.HDFSExclude] || !paths[site.YARNExclude] {
		t.Errorf("%v", paths)
	}
	config := map[string]map[string]string{"hdfs-site": {"dfs.hosts.exclude": "/x"}, "yarn-site": {"yarn.resourcemanager.nodes.exclude-path": "/x"}}
	if faults := site.Check(config); len(faults) != 2 {
		t.Errorf("%v", faults)
	}
}

// Names are arguments: no shell reads them.
func TestExclude(t *testing.T) {
	file := filepath.Join(t.TempDir(), "exclude")
	for _, names := range [][]string{{"hadoop3", "$(false)"}, nil} {
		command := site.Exclude(file, names...)
		if out, err := exec.CommandContext(t.Context(), command[0], command[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%v %s", err, out)
		}
		got, err := os.ReadFile(file)
		if err != nil || !slices.Equal(strings.Fields(string(got)), names) {
			t.Errorf("%q is %q, %v", names, got, err)
		}
	}
}
