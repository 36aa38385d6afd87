package mapreduce_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/personality"
	"github.com/ferry-project/ferry/internal/personality/hadoop/mapreduce"
)

func cluster(workers ...int64) mapreduce.Cluster {
	c := mapreduce.Cluster{
		Manager: personality.Machine{Name: "m", Memory: 1 << 30}, Profile: mapreduce.Fast,
		Space: mapreduce.OnHDFS("nn", "/mr-history"),
	}
	for i, mib := range workers {
		c.Workers = append(c.Workers, personality.Machine{Name: fmt.Sprintf("w%d", i), Memory: mib << 20, CPUs: 1.5})
	}
	return c
}

func number(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Whatever a worker has, a job's master and one task fit into it, and their heaps into
// them.
func TestAJobAlwaysFits(t *testing.T) {
	for mib := int64(mapreduce.LeastWorker >> 20); mib < 9000; mib += 100 {
		c := cluster(mib, 16384)
		yarn, jobs := c.Yarn(), c.MapReduce()
		node := number(t, yarn["yarn.nodemanager.resource.memory-mb"])
		master := number(t, jobs["yarn.app.mapreduce.am.resource.mb"])
		task := number(t, jobs["mapreduce.map.memory.mb"])
		sort := number(t, jobs["mapreduce.task.io.sort.mb"])
		var heap int
		if _, err := fmt.Sscanf(jobs["mapreduce.map.java.opts"], "-Xmx%dm", &heap); err != nil {
			t.Fatal(err)
		}
		if master+task > node || heap >= task || sort*2 > heap || node+mapreduce.Overhead>>20 > int(mib) || task < 128 {
			t.Errorf("worker of %d MiB: node %d master %d task %d heap %d sort %d", mib, node, master, task, heap, sort)
		}
	}
}

func TestProfiles(t *testing.T) {
	for name, c := range map[string]struct {
		profile, flags, uber string
	}{
		"default": {"", "-XX:TieredStopAtLevel=1", "true"},
		"fast":    {"fast", "-XX:+UseSerialGC", "true"},
		"server":  {"server", "-XX:+UseG1GC", "false"},
	} {
		t.Run(name, func(t *testing.T) {
			p, faults := mapreduce.ProfileOf(ferry.Service{Args: map[string]string{"profile": c.profile}})
			if len(faults) > 0 || !strings.Contains(p.Flags(), c.flags) {
				t.Fatalf("%v %s", faults, p.Flags())
			}
			k := cluster(2048)
			k.Profile = p
			jobs := k.MapReduce()
			if jobs["mapreduce.job.ubertask.enable"] != c.uber || !strings.Contains(jobs["mapreduce.reduce.java.opts"], c.flags) {
				t.Errorf("%v", jobs)
			}
		})
	}
}

// On a POSIX directory nothing may start before the mount; on HDFS the history
// server waits for it and makes what users need.
func TestDaemonsWaitForTheirFileSystem(t *testing.T) {
	c := cluster(2048)
	if got := strings.Join(c.HistoryServer().Command, " "); !strings.Contains(got, "nn:9870 hdfs /tmp:hdfs:hadoop:1777") || !strings.HasSuffix(got, "-- /opt/hadoop/bin/mapred historyserver") {
		t.Error(got)
	}
	if got := strings.Join(c.NodeManager().Command, " "); got != "/opt/hadoop/bin/yarn nodemanager" {
		t.Error(got)
	}
	c.Space = mapreduce.Space{Mount: "/service/data", YARN: "ferry", History: "ferry"}
	for _, p := range []ferry.Process{c.ResourceManager(), c.NodeManager(), c.HistoryServer()} {
		if got := strings.Join(p.Command, " "); !strings.HasPrefix(got, "/usr/lib/ferry/await-mount /service/data /opt/hadoop/bin/") || p.User != "ferry" {
			t.Errorf("%s as %s", got, p.User)
		}
	}
}
