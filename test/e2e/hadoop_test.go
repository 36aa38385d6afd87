//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

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
	h.noRoot(id, "hadoop0", "hadoop1", "hive0")
	h.attacked(id, "hadoop0", "hadoop1", "hive0", "control-0")
	owner := h.sh(id, "control-0", "hdfs dfs -put /service/examples/data/moons.csv kept.csv; hdfs dfs -ls /user/ferry/kept.csv")
	if !strings.Contains(owner, "ferry ferry") {
		t.Errorf("the file is not the user's: %s", owner)
	}
	before := h.sh(id, "control-0", "hdfs dfs -cat kept.csv | md5sum")
	history := func() int {
		count := h.sh(id, "hadoop0", "python3 -c 'import urllib.request as u; print(u.urlopen(\"http://hadoop0:19888/ws/v1/history/mapreduce/jobs\").read().decode().count(\"SUCCEEDED\"))'")
		n, err := strconv.Atoi(count)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	eventually(t, 3*time.Minute, "the history server knows four jobs", func() bool { return history() >= 4 })
	h.pagesWork(id)
	h.learn(id, alphabets)
	h.learn(id, hadoopLessons)
	h.learn(id, hiveLessons)
	h.dropBranch(h.branch(id, h.filed(id, "hdfs://hadoop0:9870/user/ferry/records")))

	h.must("stop", id)
	h.must("start", "--progress", "plain", id)
	if after := h.sh(id, "control-0", "hdfs dfs -cat kept.csv | md5sum"); after != before {
		t.Errorf("the file is another after the stop: %s, was %s", after, before)
	}
	rows := h.must("exec", id, "--", "beeline", "--silent=true", "--outputformat=tsv2", "-e", "select name from planets where kind = 'gas giant' order by name")
	if !strings.Contains(rows, "Jupiter\nSaturn") {
		t.Errorf("the table is not what it was:\n%s", rows)
	}
	if n := history(); n < 4 {
		t.Errorf("the history server knows %d jobs", n)
	}
}

// noRoot demands that the nodes run JVMs, none of them as root.
func (h *home) noRoot(id string, nodes ...string) {
	h.t.Helper()
	for _, node := range nodes {
		if users := h.sh(id, node, "ps -o user= -C java"); users == "" || strings.Contains(users, "root") {
			h.t.Errorf("%s: JVMs run as %q", node, users)
		}
	}
}

// A worker is killed while a file is written and a job runs, then the master while
// another does. What was acknowledged stays, soon in two copies again, the jobs end
// well, and both machines come back by themselves.
func TestHadoopSurvivesKills(t *testing.T) {
	h := newHome(t)
	id := h.start("hadoop:2+hadoop-client")
	client := "hadoop-client0"
	job := h.begin("exec", "-i=false", id, "--", "bash", "-ec", "hadoop jar $EXAMPLES teragen -Dmapreduce.job.ubertask.enable=false 200000 t")
	put := h.begin("exec", "-i=false", id, "--", "bash", "-ec",
		"head -c 20000000 /dev/urandom >/tmp/f; for i in {0..19}; do dd if=/tmp/f bs=1000000 count=1 skip=$i status=none; sleep 0.5; done | hdfs dfs -put - f")
	eventually(t, 3*time.Minute, "a part of the file is there", func() bool {
		return h.run("exec", "-i=false", id, "--", "hdfs", "dfs", "-test", "-e", "f._COPYING_").code == 0
	})
	h.killed(id, "hadoop2")
	for name, p := range map[string]*process{"the writer": put, "the job": job} {
		if r := p.end(); r.code != 0 {
			t.Errorf("%s: %s", name, r)
		}
	}
	sum := h.sh(id, client, "md5sum </tmp/f")
	same := func() {
		t.Helper()
		if got := h.sh(id, client, "hdfs dfs -cat f | md5sum"); got != sum {
			t.Errorf("the file is %s, was %s", got, sum)
		}
	}
	same()
	b := h.browse(id)
	full := func(what string) {
		t.Helper()
		took := eventually(t, 3*time.Minute, "every block has two copies after "+what, func() bool { return b.lacking(2) == 0 })
		t.Logf("every block had two copies %s after %s", took.Round(time.Millisecond), what)
		if at := b.copies("/user/ferry/f"); len(at) != 2 {
			t.Errorf("copies of the file are at %v", at)
		}
	}
	full("the end of the write")
	job = h.begin("exec", "-i=false", id, "--", "bash", "-ec", "hadoop jar $EXAMPLES pi -Dmapreduce.job.ubertask.enable=false 2 200000000")
	eventually(t, 3*time.Minute, "a task runs, as yarn", func() bool {
		return h.tasks(id, "hadoop1") || h.tasks(id, "hadoop2")
	})
	h.killed(id, "hadoop0")
	if r := job.end(); r.code != 0 {
		t.Errorf("the job that outlived its ResourceManager: %s", r)
	}
	full("the master's return")
	same()
	h.scaled(id, h.filed(id, "hdfs://hadoop0:9870/user/ferry/numbers"), "hadoop=3", "hadoop=2")
	same()
}

// tasks reports whether a task of a job runs on a worker, under YARN's user.
func (h *home) tasks(id, node string) bool {
	return h.run("exec", "-i=false", id, node, "--", "pgrep", "-u", "yarn", "-f", "mapred.YarnChild").code == 0
}

// killed kills a node and waits until the stack runs again.
func (h *home) killed(id, node string) {
	h.t.Helper()
	before := h.startedAt(id, node)
	h.mustDocker("kill", "-s", "KILL", container(id, node))
	eventually(h.t, 3*time.Minute, node+" is started again", func() bool { return h.startedAt(id, node) != before })
	h.comesUp(id)
}

// What only the personalities can find wrong has its line and column all the same,
// and nothing is started for it.
func TestHadoopFaultsHavePlaces(t *testing.T) {
	h := newHome(t)
	file := filepath.Join(t.TempDir(), "app.yaml")
	text := `backend:
  - storage:
      personality: hadoop
      instances: 2
      args: {replication: 3}
      config:
        core-site:
          fs.defaultFS: file:///
      resources: {memory: 600MiB}
connectors:
  - personality: hadoop-client
`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	r := h.run("start", file)
	if r.code != 2 || r.out != "" {
		t.Errorf("exit code %d, printed %q", r.code, r.out)
	}
	for _, want := range []string{"app.yaml:5:", "3 copies of each block", "app.yaml:8:", "fs.defaultFS is Ferry's to set", "app.yaml:9:", "cannot run a job"} {
		if !strings.Contains(r.err, want) {
			t.Errorf("no %q in\n%s", want, r.err)
		}
	}
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
	h.learn(id, sharedLessons)
	h.attacked(id, "yarn0", "yarn1", client)
}

// Two stacks side by side know nothing of each other. One has a second YARN on its
// HDFS, with Hive on that; the other splits its master, and has one copy of each block.
func TestTwoHadoops(t *testing.T) {
	h := newHome(t)
	h.file("three.yaml", `backend:
  - storage: {personality: hadoop, instances: 3}
    compute:
      - {personality: yarn, instances: 1, layers: [hive]}
connectors:
  - {personality: hadoop-client, name: control-0}
`)
	h.file("split.yaml", `backend:
  - storage: {personality: hadoop, instances: 2, args: {layout: split, replication: 1}}
connectors:
  - {personality: hadoop-client, name: control-0}
`)
	stacks := []struct {
		id, head string
		copies   int
	}{{h.start("three.yaml"), "hadoop0", 3}, {h.start("split.yaml"), "hadoop1", 1}}
	namespaces := map[string]bool{}
	for i, s := range stacks {
		name := "only-" + string(rune('a'+i))
		h.sh(s.id, "control-0", "hdfs dfs -put /service/examples/data/moons.csv "+name)
		namespaces[h.sh(s.id, s.head, "grep clusterID /service/name/dfs/current/VERSION")] = true
		eventually(t, 3*time.Minute, "the file has its copies", func() bool { return len(h.browse(s.id).copies("/user/ferry/"+name)) == s.copies })
	}
	if len(namespaces) != 2 {
		t.Errorf("the file systems have one id: %v", namespaces)
	}
	for i, s := range stacks {
		if out := h.sh(s.id, "control-0", "hdfs dfs -ls"); strings.Count(out, "only-") != 1 || !strings.Contains(out, "only-"+string(rune('a'+i))) {
			t.Errorf("stack %d sees\n%s", i, out)
		}
	}
	h.hiveOnYarn(stacks[0].id)
	h.must("scale", "--progress", "plain", stacks[1].id, "hadoop=1")
	if nodes := h.must("inspect", "-o", "json", stacks[1].id); strings.Contains(nodes, `"hadoop3"`) {
		t.Errorf("hadoop3 is there yet:\n%s", nodes)
	}
	if got := h.sh(stacks[1].id, "control-0", "hdfs dfs -cat only-b | md5sum"); got != h.sh(stacks[1].id, "control-0", "md5sum </service/examples/data/moons.csv") {
		t.Error("the file is not what it was before a worker left")
	}
}

// hiveOnYarn runs a script whose tables are in the HDFS of the storage, and demands
// that its work was done by the YARN of the compute.
func (h *home) hiveOnYarn(id string) {
	h.t.Helper()
	h.run01(id, "hive")
	b := h.browse(id)
	for page, want := range map[string]bool{"http://yarn0:8088": true, "http://hadoop0:8088": false} {
		text, err := b.try(page + "/ws/v1/cluster/apps")
		if err != nil || strings.Contains(text, `"TEZ"`) != want {
			h.t.Errorf("%s: ran Hive's work? want %t\n%v\n%s", page, want, err, text)
		}
	}
	if tables := h.sh(id, "control-0", "hdfs dfs -ls hdfs://hadoop0:9000/user/hive/warehouse"); !strings.Contains(tables, "/planets") {
		h.t.Errorf("the warehouse has\n%s", tables)
	}
}
