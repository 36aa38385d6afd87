package hadoopclient_test

import (
	"slices"
	"testing"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/personality"
	"github.com/ferry-project/ferry/internal/personality/hadoopclient"
)

// A storage with Hive, and a YARN that stands on it.
func backends() []ferry.Export {
	return []ferry.Export{
		{
			Personality: "hadoop", Class: ferry.Storage, Nodes: []string{"hadoop0", "hadoop1"}, Values: map[string]string{"hdfs": "nn"},
			Files: []ferry.File{{Path: "/c/core-site.xml", Content: "storage"}, {Path: "/c/hdfs-site.xml", Content: "storage"}},
			Layers: []ferry.Export{{
				Personality: "hive", Nodes: []string{"hive0"}, Env: map[string]string{"HIVE_JDBC_URL": "first"},
				Files: []ferry.File{{Path: "/c/hive-site.xml", Content: "layer"}},
			}},
		},
		{
			Personality: "yarn", Class: ferry.Compute, Nodes: []string{"yarn0"}, Values: map[string]string{"hdfs": "nn"},
			Files: []ferry.File{{Path: "/c/core-site.xml", Content: "compute"}},
			Layers: []ferry.Export{{
				Personality: "hive", Nodes: []string{"hive1"}, Env: map[string]string{"HIVE_JDBC_URL": "second", "ONLY": "here"},
			}},
		},
	}
}

func describe(t *testing.T, beneath []ferry.Export) ferry.Blueprint {
	t.Helper()
	bp, err := hadoopclient.Personality{}.Describe(personality.Request{
		Lineage: "sa-1", ID: "se-1", Service: ferry.Service{Personality: "hadoop-client"}, Beneath: beneath,
		Nodes: []personality.Machine{{Name: "control", Role: "client", Memory: 1 << 30, CPUs: 1}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return bp
}

// Of two backends with one file, the compute that stands on the other has the last
// word; of two Hives the first is where beeline lands.
func TestFilesAndEnvironment(t *testing.T) {
	n := describe(t, backends()).Nodes[0]
	files := map[string]string{}
	for _, f := range n.Files {
		files[f.Path] += f.Content
	}
	for path, want := range map[string]string{"/c/core-site.xml": "compute", "/c/hdfs-site.xml": "storage", "/c/hive-site.xml": "layer"} {
		if files[path] != want {
			t.Errorf("%s is the %s's, want the %s's", path, files[path], want)
		}
	}
	if n.Env["HIVE_JDBC_URL"] != "first" || n.Env["ONLY"] != "here" {
		t.Errorf("environment %v", n.Env)
	}
	if n.Login != "ferry" || n.Home != "/home/ferry" {
		t.Errorf("the user is %s in %s", n.Login, n.Home)
	}
}

// One home directory for each HDFS, not for each service on it; the user's scripts
// run after it, when the layers are ready too.
func TestHomes(t *testing.T) {
	for name, c := range map[string]struct {
		beneath []ferry.Export
		homes   []string
		await   []string
	}{
		"hdfs, yarn and two hives": {backends(), []string{"home-nn@control"}, []string{"home-nn@control", "ready hive0", "ready hive1"}},
		"no hdfs":                  {[]ferry.Export{{Personality: "yarn", Class: ferry.Compute, Nodes: []string{"yarn0"}}}, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var homes []string
			for _, task := range describe(t, c.beneath).Tasks {
				switch task.When {
				case ferry.EveryStart:
					homes = append(homes, task.Name)
				case ferry.FirstStart, ferry.Resume:
					for _, want := range c.await {
						if !slices.Contains(task.After, want) {
							t.Errorf("%s does not wait for %s: %v", task.Name, want, task.After)
						}
					}
				}
			}
			if !slices.Equal(homes, c.homes) {
				t.Errorf("homes %v, want %v", homes, c.homes)
			}
		})
	}
}

// Where jobs work on a shared directory a person lands in one that the workers see.
func TestWorkplace(t *testing.T) {
	gluster := ferry.Export{Personality: "gluster", Class: ferry.Storage, Nodes: []string{"gluster0"}, Values: map[string]string{"path": "/service/data"}}
	yarn := ferry.Export{Personality: "yarn", Class: ferry.Compute, Nodes: []string{"yarn0"}, Values: map[string]string{"path": "/service/data"}}
	for name, c := range map[string]struct {
		beneath    []ferry.Export
		home, made string
	}{
		"a shared directory": {[]ferry.Export{gluster, yarn}, "/service/data/user/ferry", "home@control"},
		"HDFS":               {backends(), "/home/ferry", ""},
		"HDFS as the last":   {append([]ferry.Export{gluster, yarn}, backends()...), "/home/ferry", ""},
		"no jobs on it":      {[]ferry.Export{gluster}, "/home/ferry", ""},
	} {
		t.Run(name, func(t *testing.T) {
			bp := describe(t, c.beneath)
			var made string
			for _, task := range bp.Tasks {
				if task.Command[0] == "mkdir" {
					made = task.Name
				}
			}
			n := bp.Nodes[0]
			if n.Home != c.home || made != c.made || (n.Env["HOME"] == c.home) != (made != "") {
				t.Errorf("home %s, HOME=%s, made by %q", n.Home, n.Env["HOME"], made)
			}
		})
	}
}
