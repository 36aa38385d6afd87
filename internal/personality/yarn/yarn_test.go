package yarn_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/personality"
	"github.com/ferry-project/ferry/internal/personality/personalitytest"
	"github.com/ferry-project/ferry/internal/personality/yarn"
	"github.com/ferry-project/ferry/internal/script"
)

// The two storages that a YARN can stand on.
var (
	gluster = ferry.Export{
		Personality: "gluster", Class: ferry.Storage, Nodes: []string{"gluster0", "gluster1"},
		Values: map[string]string{"path": "/service/data", "volume": "v"},
	}
	hdfs = ferry.Export{
		Personality: "hadoop", Class: ferry.Storage, Nodes: []string{"hadoop0"},
		Values: map[string]string{"hdfs": "hadoop0", "url": "hdfs://hadoop0:9000"},
		Files:  []ferry.File{{Path: "/c/core-site.xml", Content: "the storage's"}, {Path: "/c/hdfs-site.xml", Content: "the storage's"}},
	}
)

func describe(t *testing.T, n int, on ferry.Export) ferry.Blueprint {
	t.Helper()
	s := ferry.Service{Personality: "yarn", Instances: n}
	return personalitytest.Describe(t, yarn.Personality{}, personality.Request{Service: s, Beneath: []ferry.Export{on}})
}

func TestSpaces(t *testing.T) {
	for name, c := range map[string]struct {
		on   ferry.Export
		user string
		want map[string][]string // of the first worker, by file
	}{
		"gluster": {gluster, "ferry", map[string][]string{
			"core-site.xml":   {">file:///<", ">/service/data/yarn1/tmp<"},
			"mapred-site.xml": {">/service/data/yarn1/staging<", ">/service/data/mr-history/done<", "algorithm.version</name><value>2<"},
		}},
		"hadoop": {hdfs, "yarn", map[string][]string{
			"core-site.xml":   {">hdfs://hadoop0:9000<"},
			"hdfs-site.xml":   {"the storage's"},
			"mapred-site.xml": {">/user<", ">/mr-history-yarn0/done<"}, // apart from the storage's own
		}},
	} {
		t.Run(name, func(t *testing.T) {
			node := describe(t, 2, c.on).Nodes[1]
			for file, words := range c.want {
				for _, w := range words {
					if got := personalitytest.File(t, node.Files, file).Content; !strings.Contains(got, w) {
						t.Errorf("%s: no %s in\n%s", file, w, got)
					}
				}
			}
			if user := node.Processes[0].User; user != c.user {
				t.Errorf("the NodeManager runs as %s", user)
			}
		})
	}
}

func TestExport(t *testing.T) {
	for name, c := range map[string]struct {
		on   ferry.Export
		want map[string]string // "": not there
	}{
		"gluster": {gluster, map[string]string{"storage_type": "gluster", "gluster_url": "gluster0:/v", "hdfs": ""}},
		"hadoop":  {hdfs, map[string]string{"storage_type": "hadoop", "hdfs": "hadoop0", "gluster_url": ""}},
	} {
		t.Run(name, func(t *testing.T) {
			e := describe(t, 1, c.on).Export
			for key, want := range c.want {
				if e.Values[key] != want {
					t.Errorf("%s is %q, want %q", key, e.Values[key], want)
				}
			}
			if !slices.Equal(e.Nodes, []string{"yarn0", "yarn1"}) || e.Values["yarn"] != "yarn0" {
				t.Errorf("nodes %v, values %v", e.Nodes, e.Values)
			}
		})
	}
}

func TestProbesCountTheWorkers(t *testing.T) {
	for _, p := range describe(t, 3, hdfs).Probes {
		if p.Name == "nodemanagers" && p.Node == "yarn0" && strings.Contains(personalitytest.Script[script.HTTP](t, p.Ask).Expect, `"activeNodes":3`) {
			return
		}
	}
	t.Error("none asks for three NodeManagers")
}

func TestFaultsHavePaths(t *testing.T) {
	s := ferry.Service{Personality: "yarn", Instances: 2, Args: map[string]string{"profile": "slow"}, Config: map[string]map[string]string{
		"yarn-site": {"yarn.resourcemanager.hostname": "x"}, "core-site": {"fs.defaultFS": "x", "io.file.buffer.size": "1"},
	}}
	s.Resources.Memory = 1 << 20
	_, err := yarn.Personality{}.Nodes(s)
	faults, _ := errors.AsType[ferry.Faults](err)
	var got []string
	for _, f := range faults {
		got = append(got, f.Path)
	}
	slices.Sort(got)
	want := []string{"args.profile", "config.core-site.fs.defaultFS", "config.yarn-site.yarn.resourcemanager.hostname", "resources.memory"}
	if !slices.Equal(got, want) {
		t.Errorf("faults at %v, want %v", got, want)
	}
}
