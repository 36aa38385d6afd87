package hadoop_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/personality"
	"github.com/ferry-project/ferry/internal/personality/hadoop"
	"github.com/ferry-project/ferry/internal/personality/personalitytest"
)

func service(n int, args map[string]string) ferry.Service {
	return ferry.Service{Personality: "hadoop", Instances: n, Args: args}
}

// describe asks for the blueprint of a service whose machines have all they want.
func describe(t *testing.T, s ferry.Service) ferry.Blueprint {
	t.Helper()
	return personalitytest.Describe(t, hadoop.Personality{}, personality.Request{Service: s, CPUs: 2})
}

func TestReplication(t *testing.T) {
	for name, c := range map[string]struct {
		workers int
		asked   string
		want    string
		lone    bool // said that a lost worker is lost data
	}{
		"one worker":        {1, "", "1", true},
		"two":               {2, "", "2", false},
		"three":             {3, "", "3", false},
		"never more unless": {7, "", "3", false},
		"asked for":         {7, "5", "5", false},
		"fewer":             {3, "1", "1", true},
	} {
		t.Run(name, func(t *testing.T) {
			bp := describe(t, service(c.workers, map[string]string{"replication": c.asked}))
			want := "<name>dfs.replication</name><value>" + c.want + "</value>"
			if got := personalitytest.File(t, bp.Nodes[0].Files, "hdfs-site.xml").Content; !strings.Contains(got, want) {
				t.Errorf("no %s in\n%s", want, got)
			}
			said := slices.ContainsFunc(bp.Notes, func(n string) bool { return strings.Contains(n, "one copy") })
			if said != c.lone {
				t.Errorf("notes: %v", bp.Notes)
			}
		})
	}
}

// In both layouts each daemon runs once on the machine it belongs to, on volumes of
// its own, and what the probes ask is there.
func TestLayouts(t *testing.T) {
	for name, c := range map[string]struct {
		layout string
		want   []string // processes of each node
		head   string   // the NameNode's machine
	}{
		"joint": {"", []string{"namenode resourcemanager historyserver", "datanode nodemanager", "datanode nodemanager"}, "hadoop0"},
		"split": {"split", []string{"resourcemanager historyserver", "namenode", "datanode nodemanager", "datanode nodemanager"}, "hadoop1"},
	} {
		t.Run(name, func(t *testing.T) {
			bp := describe(t, service(2, map[string]string{"layout": c.layout}))
			var got []string
			for _, n := range bp.Nodes {
				var names []string
				for _, p := range n.Processes {
					names = append(names, p.Name)
				}
				got = append(got, strings.Join(names, " "))
				if hasHead := slices.Contains(names, "namenode"); hasHead != (n.Name == c.head) || hasHead && len(n.Volumes) == 0 {
					t.Errorf("%s: processes %v, volumes %v", n.Name, names, n.Volumes)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("processes %q, want %q", got, c.want)
			}
			if core := personalitytest.File(t, bp.Export.Files, "core-site.xml").Content; !strings.Contains(core, "hdfs://"+c.head+":9000<") {
				t.Errorf("core-site.xml of clients\n%s", core)
			}
		})
	}
}

// The masters stop after the workers: a NodeManager without its head hangs.
func TestMastersStopLast(t *testing.T) {
	for _, n := range describe(t, service(2, map[string]string{"layout": "split"})).Nodes {
		want := []string{"hadoop2", "hadoop3"}
		if n.Role == "worker" {
			want = nil
		}
		if !slices.Equal(n.StopAfter, want) {
			t.Errorf("%s stops after %v, want %v", n.Name, n.StopAfter, want)
		}
	}
}

func TestWebPages(t *testing.T) {
	bp := describe(t, service(1, nil))
	got := map[string]string{}
	for _, w := range bp.Web {
		got[w.Name] = fmt.Sprint(w.Node, " ", w.Port, w.Formerly)
	}
	for name, want := range map[string]string{
		"NameNode": "hadoop0 9870 [50070]", "ResourceManager": "hadoop0 8088 []", "JobHistory": "hadoop0 19888 []",
	} {
		if got[name] != want {
			t.Errorf("%s at %q, want %q", name, got[name], want)
		}
	}
}

func TestFaultsHavePaths(t *testing.T) {
	small := service(2, nil)
	small.Resources.Memory = 700 << 20
	several := service(2, map[string]string{"layout": "round", "profile": "slow", "replication": "-1"})
	several.Config = map[string]map[string]string{"yarn-site": {"yarn.nodemanager.log-dirs": "/x"}, "hdfs-site": {"dfs.replication": "9"}}
	for name, c := range map[string]struct {
		service ferry.Service
		want    []string
	}{
		"fine":        {service(3, map[string]string{"replication": "3", "layout": "joint"}), nil},
		"not a count": {service(3, map[string]string{"replication": "all"}), []string{"args.replication"}},
		"too small":   {small, []string{"resources.memory"}},
		"all at once": {several, []string{
			"args.layout", "args.profile", "args.replication", "config.hdfs-site.dfs.replication", "config.yarn-site.yarn.nodemanager.log-dirs",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := hadoop.Personality{}.Nodes(c.service)
			faults, _ := errors.AsType[ferry.Faults](err)
			var got []string
			for _, f := range faults {
				got = append(got, f.Path)
			}
			slices.Sort(got)
			if !slices.Equal(got, c.want) {
				t.Errorf("faults at %v, want %v", got, c.want)
			}
		})
	}
}

// The file system's number tells one stack from another, and stays for one.
func TestNamespaces(t *testing.T) {
	number := func(stack string) string {
		bp, err := hadoop.Personality{}.Describe(personality.Request{Lineage: stack, ID: "se-1", Service: service(1, nil), Nodes: []personality.Machine{
			{Name: "hadoop0", Role: "master", Memory: 1 << 30}, {Name: "hadoop1", Role: "worker", Memory: 2 << 30},
		}})
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(bp.Nodes[0].Processes[0].Command, " ")
	}
	first, again, other := number("sa-1"), number("sa-1"), number("sa-2")
	if first != again || first == other {
		t.Errorf("%s, %s, %s", first, again, other)
	}
}
