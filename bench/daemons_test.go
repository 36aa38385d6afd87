package main

import (
	"maps"
	"strings"
	"testing"
	"time"
)

func TestProcessName(t *testing.T) {
	for name, c := range map[string]struct{ comm, cmdline, want string }{
		"daemon":                            {"java", "java -Xmx1g -Dproc_namenode --add-opens=java.base/java.lang=ALL-UNNAMED -cp /a.jar:/conf org.apache.hadoop.hdfs.server.namenode.NameNode", "NameNode"},
		"options with a value of their own": {"java", "java --add-opens java.base/java.io=ALL-UNNAMED -classpath /a com.x.Main arg", "Main"},
		"jar":                               {"java", "java -jar /opt/app/server.jar -p 1", "server.jar"},
		"no package":                        {"java", "java Main", "Main"},
		"no class":                          {"java", "java -version", "java"},
		"a job's master":                    {"java", "java -cp /a org.apache.hadoop.mapreduce.v2.app.MRAppMaster", inJobs},
		"Tez's task":                        {"java", "java org.apache.tez.runtime.task.TezChild host 1", inJobs},
		"a server that is known":            {"postgres", "postgres: checkpointer", "postgres"},
		"short lived":                       {"sh", "sh -c java x", ""},
		"options in files":                  {"java", "java @/opt/jvm.args -Xmx512m @/opt/cp.args org.apache.cassandra.service.CassandraDaemon", "CassandraDaemon"},
		"zombie":                            {"java", "", "java"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := processName(c.comm, strings.ReplaceAll(c.cmdline, " ", "\x00")+"\x00"); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestContainerOf(t *testing.T) {
	id := strings.Repeat("0a", 32)
	for name, c := range map[string]struct{ groups, want string }{
		"version 1":      {"9:name=systemd:/docker/" + id + "\n8:pids:/docker/" + id + "\n", id},
		"version 2":      {"0::/system.slice/docker-" + id + ".scope\n", id},
		"deeper":         {"0::/docker/" + id + "/sub\n", id},
		"no container":   {"9:name=systemd:/\n0::/user.slice\n", ""},
		"no hexadecimal": {"0::/" + strings.Repeat("xy", 32) + "\n", ""},
		"gone":           {"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := containerOf(c.groups); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestAttribute(t *testing.T) {
	s := time.Second
	for name, c := range map[string]struct {
		total  time.Duration
		inside []process
		want   usage
	}{
		"worker": {
			20 * s,
			[]process{{"DataNode", 3 * s}, {"", s}, {"NodeManager", 5 * s}, {inJobs, 2 * s}},
			usage{"DataNode": 3 * s, "NodeManager": 5 * s, inJobs: 12 * s},
		},
		"master":           {12 * s, []process{{"", s}, {"NameNode", 10 * s}}, usage{"NameNode": 10 * s, inOthers: 2 * s}},
		"client":           {6 * s, []process{{"", s}}, usage{inClient: 6 * s}},
		"client at work":   {6 * s, []process{{"RunJar", 2 * s}}, usage{inClient: 4 * s, "RunJar": 2 * s}},
		"ticks are coarse": {s, []process{{"postgres", 2 * s}}, usage{"postgres": 2 * s, inOthers: 0}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := attribute(c.total, c.inside); !maps.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestMediansOfRounds(t *testing.T) {
	got := usages{{"a": 3, "b": 9}, {"a": 1}, {"a": 2}}.medians()
	if want := (usage{"a": 2, "b": 0}); !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestPrintDaemonsPutsTheDearestFirst(t *testing.T) {
	var out strings.Builder
	printDaemons(&out, map[string]usage{
		"floor": {"NameNode": 2 * time.Second, "DataNode": 3 * time.Second, "sh": time.Millisecond},
		"ferry": {"NameNode": 4 * time.Second},
	})
	want := "| processor time, s | ferry | floor |\n| ---               | ---:  | ---:  |\n" +
		"| NameNode          | 4.0   | 2.0   |\n| DataNode          | 0.0   | 3.0   |\n"
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
}

func TestOwnCostLeavesChildrenOut(t *testing.T) {
	if name, spent := ownCost("7 (java) S 1 7 7 0 -1 4194560 1 2 3 4 100 20 3 4 20 0 9 0"); name != "java" || spent != 1200*time.Millisecond {
		t.Errorf("got %s %s", name, spent)
	}
}
