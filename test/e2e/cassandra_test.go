//go:build e2e

package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ferry-project/ferry"
)

// The built-in application as a user meets it, and what becomes of acknowledged
// writes, rows and vertices, when nodes die under a client. One stack for all of it:
// a ring is dear to start.
func TestCassandra(t *testing.T) {
	h := newHome(t)
	id := h.start("cassandra")
	t.Run("client finds the ring", func(t *testing.T) { h.findsRing(t, id) })
	t.Run("smoke test", func(t *testing.T) {
		if r := h.run("test", id); r.code != 0 || !strings.Contains(r.err+r.out, "jupiter") {
			t.Errorf("ferry test: %s", r)
		}
	})
	t.Run("password", func(t *testing.T) { h.secretStays(t, id) })
	t.Run("login shells", func(t *testing.T) { h.loginShells(t, id) })
	t.Run("any alphabet", func(t *testing.T) { h.anyAlphabet(t, id) })
	t.Run("edges in Python", func(t *testing.T) {
		if got := h.pipe(t, id, "edges.py", "python3", "-"); strings.Count(got, "all found") != 2 {
			t.Errorf("got %q", got)
		}
	})
	t.Run("copies exactly", func(t *testing.T) { h.copiesExactly(t, id) })
	t.Run("one of three killed", func(t *testing.T) { h.ringSurvives(t, id, "cassandra1") })
	t.Run("all three killed", func(t *testing.T) { h.ringSurvives(t, id, "cassandra0", "cassandra1", "cassandra2") })
	t.Run("branched", func(t *testing.T) { h.dropBranch(h.branch(id, rows())) })
	t.Run("stopped and started", func(t *testing.T) {
		h.must("stop", id)
		for _, node := range []string{"cassandra0", "cassandra1", "cassandra2"} {
			log := h.mustDocker("logs", "--tail", "100", container(id, node))
			if !strings.Contains(log, "Waiting for messaging service to quiesce") || strings.Contains(log, "given up") {
				t.Errorf("%s was not given the time to stop:\n%s", node, lastBytes(log))
			}
		}
		h.must("start", id)
		h.nothingLost(t, id)
	})
}

// rows are records in the ring, at QUORUM.
func rows() records {
	ask := func(statement string) string { return `cqlsh --no-color -e "` + statement + `"` }
	return records{
		write: "cassandra-load write --seconds 20 --at-once 4 --acknowledged /tmp/records | tee /tmp/load; grep -x 'errors: none' /tmp/load",
		check: "cassandra-load check --acknowledged /tmp/before",
		own:   ask("INSERT INTO ferry_load.row (id, text) VALUES (-$N, 'own')"),
		seen:  ask("SELECT id FROM ferry_load.row WHERE id IN (-1, -2)") + " | sed -n 's/^ *-\\([12]\\)$/\\1/p'",
	}
}

func (h *home) findsRing(t *testing.T, id string) {
	roles := h.must("exec", "-i=false", id, "--", "cqlsh", "-e", "LIST ROLES")
	for _, is := range []string{"ferry |  True |  True", "cassandra | False | False", "titan | False |  True"} {
		if !strings.Contains(roles, is) {
			t.Errorf("no %q in\n%s", is, roles)
		}
	}
	r := h.run("exec", "-i=false", id, "--", "cqlsh", "-u", "cassandra", "-p", "cassandra", "-e", "LIST ROLES")
	if r.code == 0 {
		t.Errorf("the password that everybody knows is taken: %s", r)
	}
	if ports := h.mustDocker("port", container(id, "cassandra0")); ports != "" {
		t.Errorf("published without being asked to: %s", ports)
	}
	env := h.sh(id, "control-0", "echo $BACKEND_STORAGE_TYPE $BACKEND_STORAGE_IP $BACKEND_STORAGE_SEED $BACKEND_STORAGE_LAYER_TYPE $BACKEND_STORAGE_LAYER_IP")
	if env != "cassandra cassandra0 cassandra0 titan titan0" {
		t.Errorf("BACKEND_ variables say %q", env)
	}
	if out := h.must("exec", "-i=false", id, "cassandra0", "--", "nodetool", "status"); strings.Count(out, "UN ") != 3 {
		t.Errorf("nodetool status:\n%s", out)
	}
}

// ringSurvives kills nodes while a client writes rows and vertices.
func (h *home) ringSurvives(t *testing.T, id string, nodes ...string) {
	rows := h.begin("exec", "-i=false", id, "--", "cassandra-load", "write", "--seconds", "18", "--at-once", "4", "--acknowledged", "/tmp/rows")
	vertices := h.begin("exec", "-i=false", id, "--", "/service/examples/vertices.py", "add", "18", "/tmp/vertices")
	begun := h.acknowledged(id)
	eventually(t, 3*time.Minute, "both write", func() bool {
		now := h.acknowledged(id)
		return now[0] > begun[0]+20 && now[1] > begun[1]+5
	})
	before := h.startedAt(id, nodes[0])
	var kill []string
	for _, n := range nodes {
		kill = append(kill, container(id, n))
	}
	h.mustDocker(append([]string{"kill"}, kill...)...)
	begin := time.Now()
	eventually(t, 3*time.Minute, nodes[0]+" is started again", func() bool { return h.startedAt(id, nodes[0]) != before })
	h.comesUp(id)
	t.Logf("the ring is complete %s after the kill", time.Since(begin).Round(100*time.Millisecond))
	r := rows.end()
	t.Logf("rows: %s", r.out)
	if len(nodes) == 1 && !strings.Contains(r.out, "errors: none") {
		t.Errorf("writes at QUORUM failed, although two of three nodes were there: %s", r)
	}
	t.Logf("vertices: %s", vertices.end().out)
	h.nothingLost(t, id)
}

// acknowledged counts rows and vertices.
func (h *home) acknowledged(id string) (n [2]int) {
	out := h.sh(id, "control-0", "touch /tmp/rows /tmp/vertices; wc -l </tmp/rows; wc -l </tmp/vertices")
	_, _ = fmt.Sscan(out, &n[0], &n[1]) // what is no number yet counts as none
	return n
}

// nothingLost checks every row and vertex that was ever acknowledged.
func (h *home) nothingLost(t *testing.T, id string) {
	for _, check := range [][]string{
		{"cassandra-load", "check", "--acknowledged", "/tmp/rows"},
		{"/service/examples/vertices.py", "check", "/tmp/vertices"},
	} {
		r := h.run(append([]string{"exec", "-i=false", id, "--"}, check...)...)
		t.Logf("%s: %s", check[0], r.out)
		if r.code != 0 || !strings.Contains(r.out, " 0 lost") {
			t.Errorf("%v: %s", check, r)
		}
	}
}

// A lesson needs no passwords, and a small machine one node with a graph; the heavier
// profile must start too, and so must every tool of a node.
func TestCassandraWithoutPasswords(t *testing.T) {
	h := newHome(t)
	id := h.start(h.file("lesson.yaml", `
backend:
  - storage:
      personality: cassandra
      instances: 1
      layers: [janusgraph]
      args: {auth: none, durability: group, profile: server, db: lesson}
connectors:
  - {personality: cassandra-client, ports: ["9042", "8182"]}
`))
	out := h.must("exec", "-i=false", id, "--", "cqlsh", "-u", "anybody", "-p", "x", "-e",
		"CREATE KEYSPACE k WITH replication = {'class': 'NetworkTopologyStrategy'}; DESCRIBE KEYSPACE k; DESCRIBE KEYSPACE lesson")
	if !strings.Contains(out, "'datacenter1': '1'") || !strings.Contains(out, "lesson.edgestore") {
		t.Errorf("the default of copies does not fit one node, or there is no graph:\n%s", out)
	}
	h.must("test", id)
	if got := h.status(id); got != ferry.Running {
		t.Errorf("it is %s", got)
	}
	t.Run("published", func(t *testing.T) { h.answersHere(t, id) })
	t.Run("graph server killed", func(t *testing.T) { h.graphServerReturns(t, id) })
	t.Run("profile server", func(t *testing.T) {
		args := h.sh(id, "cassandra0", "ps -C java -o args=")
		if !strings.Contains(args, "-XX:+UseG1GC") || strings.Contains(args, "TieredStopAtLevel") {
			t.Errorf("it runs as %s", args)
		}
	})
	t.Run("tools of a node", func(t *testing.T) { h.nodeTools(t, id) })
	t.Run("console", func(t *testing.T) {
		r := h.runContext(t.Context(), []byte("x = g.V().has('name', 'jupiter').count().next()\n'jupiter ' + x\n:q\n"), "exec", id, "titan0", "--", "gremlin")
		if !strings.Contains(r.out, "==>jupiter 1") {
			t.Errorf("the console of the node does not ask its graph: %s", r)
		}
	})
}

// nodeTools runs what a user types in a node, on the rows of the smoke test.
func (h *home) nodeTools(t *testing.T, id string) {
	out := h.sh(id, "cassandra0", `nodetool flush demo
cd /service/data/data/demo/city-*
sstablemetadata ./*-Data.db | grep Partitioner
sstabledump ./*-Data.db
sstableutil demo city
sstableverify -f demo city
sstablescrub demo city
sstableupgrade demo city
id -un; find . -user root`)
	for _, word := range []string{"Murmur3Partitioner", `"Lima"`, "-big-Data.db", "scrub", "upgrad", "ferry"} {
		if !strings.Contains(out, word) {
			t.Errorf("no %q in\n%s", word, out)
		}
	}
}
