//go:build e2e

package e2e

import (
	"strings"
	"testing"
	"time"
)

// workers' and masters' containers of a stack are killed by the engine's own hand.
func (h *home) kill(stack, node string) {
	h.t.Helper()
	if out, err := h.docker("kill", "-s", "KILL", container(stack, node)); err != nil {
		h.t.Fatalf("docker kill %s: %v %s", node, err, out)
	}
}

// run01 runs tests of the client's script, as its user.
func (h *home) run01(stack string, tests ...string) {
	h.t.Helper()
	h.must(append([]string{"exec", stack, "control-0", "--", "/service/runscripts/test/test01"}, tests...)...)
}

// HDFS, YARN and Hive as a user meets them: jobs, tables, and all of it again after
// a stop.
func TestHadoopAndHive(t *testing.T) {
	h := newHome(t)
	id := h.start("hadoop")
	h.must("test", id) // WordCount, and Hive: create, insert, join, group by
	h.run01(id, "tera")
	if who := h.must("exec", id, "--", "id", "-un"); who != "ferry" {
		t.Errorf("the client's user is %s", who)
	}
	owner := h.sh(id, "control-0", "hdfs dfs -put /service/examples/data/moons.csv kept.csv; hdfs dfs -ls /user/ferry/kept.csv")
	if !strings.Contains(owner, "ferry ferry") {
		t.Errorf("the file is not the user's: %s", owner)
	}
	before := h.sh(id, "control-0", "hdfs dfs -cat kept.csv | md5sum")
	history := func() string {
		return h.sh(id, "hadoop0", "python3 -c 'import urllib.request as u; print(u.urlopen(\"http://hadoop0:19888/ws/v1/history/mapreduce/jobs\").read().decode().count(\"SUCCEEDED\"))'")
	}
	eventually(t, 30*time.Second, "the history server knows four jobs", func() bool { return history() >= "4" })

	h.must("stop", id)
	h.must("start", "--progress", "plain", id)
	if after := h.sh(id, "control-0", "hdfs dfs -cat kept.csv | md5sum"); after != before {
		t.Errorf("the file is another after the stop: %s, was %s", after, before)
	}
	rows := h.must("exec", id, "--", "beeline", "--silent=true", "--outputformat=tsv2", "-e", "select name from planets where kind = 'gas giant' order by name")
	if !strings.Contains(rows, "Jupiter\nSaturn") {
		t.Errorf("the table is not what it was:\n%s", rows)
	}
	if n := history(); n < "4" {
		t.Errorf("the history server knows %s jobs", n)
	}
}

// A worker and then the master are killed. What was acknowledged stays.
func TestHadoopSurvivesKills(t *testing.T) {
	h := newHome(t)
	id := h.start("hadoop:2+hadoop-client")
	client := "hadoop-client0"
	put := h.sh(id, client, "head -c 20000000 /dev/urandom >/tmp/f; hdfs dfs -put /tmp/f f; md5sum </tmp/f")

	h.kill(id, "hadoop2")
	if got := h.sh(id, client, "hdfs dfs -cat f | md5sum"); got != put {
		t.Errorf("with a dead worker the file is %s, was %s", got, put)
	}
	h.sh(id, client, "hdfs dfs -put /tmp/f g && hadoop jar $EXAMPLES teragen 1000 /user/ferry/t")

	h.kill(id, "hadoop0")
	h.must("start", "--progress", "plain", id)
	for _, file := range []string{"f", "g"} {
		if got := h.sh(id, client, "hdfs dfs -cat "+file+" | md5sum"); got != put {
			t.Errorf("after the master's death %s is %s, was %s", file, got, put)
		}
	}
	eventually(t, time.Minute, "every block has its copies again", func() bool {
		out := h.sh(id, client, "hdfs fsck /user/ferry 2>/dev/null")
		return strings.Contains(out, "HEALTHY") && strings.Contains(out, "Under-replicated blocks:\t0 ")
	})
}

// YARN on a Gluster volume: the same path everywhere, no HDFS.
func TestYarnOnGluster(t *testing.T) {
	h := newHome(t)
	id := h.start("gluster:2+yarn:2")
	client := "hadoop-client0"
	h.sh(id, client, "cp /service/examples/data/speeches.txt /service/data/; hadoop jar $EXAMPLES wordcount -Dmapreduce.job.ubertask.enable=false /service/data/speeches.txt /service/data/words")
	if out := h.sh(id, "yarn1", "grep -P '^nation\\t' /service/data/words/part-r-00000; stat -c %U /service/data/words/part-r-00000"); out != "nation\t2\nferry" {
		t.Errorf("a worker sees %q", out)
	}
}

// Two stacks side by side know nothing of each other.
func TestTwoHadoops(t *testing.T) {
	h := newHome(t)
	ids := make([]string, 2)
	for i := range ids {
		ids[i] = h.start("hadoop:1")
	}
	namespaces := map[string]bool{}
	for i, id := range ids {
		h.sh(id, "hadoop-client0", "hdfs dfs -touchz only-"+string(rune('a'+i)))
		namespaces[h.sh(id, "hadoop0", "grep clusterID /service/name/dfs/current/VERSION")] = true
	}
	if len(namespaces) != 2 {
		t.Errorf("the file systems have one id: %v", namespaces)
	}
	for i, id := range ids {
		if out := h.sh(id, "hadoop-client0", "hdfs dfs -ls"); strings.Count(out, "only-") != 1 || !strings.Contains(out, "only-"+string(rune('a'+i))) {
			t.Errorf("stack %d sees\n%s", i, out)
		}
	}
}
