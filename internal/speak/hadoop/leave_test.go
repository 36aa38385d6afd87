package hadoop_test

import (
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/script/hadoop"
	speakhadoop "github.com/ferry-project/ferry/internal/speak/hadoop"
)

const checked = `FSCK started by hdfs (auth:SIMPLE) from /10.210.0.1 for path / at Wed Nov 25 14:00:00 UTC 2026

/user <dir>
/user/ferry/a b 1366 bytes, replicated: replication=2, 1 block(s):  OK
`

func TestCopies(t *testing.T) {
	for name, c := range map[string]struct {
		found, want string
		status      int
		final       bool
	}{
		"enough":            {checked + "Status: HEALTHY\n Missing blocks:\t\t0\nFSCK ended at x\n", "", 200, false},
		"too many copies":   {checked + "/x y/z 9 bytes, replicated: replication=3, 1 block(s):  Under replicated\nFSCK ended at x\n", "/x y/z has 3 copies, which 2 workers cannot hold", 200, true},
		"too many parts":    {checked + "/ec 9 bytes, erasure-coded: policy=XOR-2-1-1024k, 1 block(s):  OK\nFSCK ended at x\n", "the blocks of /ec are spread over 3 workers, and 2 would stay", 200, true},
		"a block is lost":   {checked + " Missing blocks:\t\t12\nFSCK ended at x\n", "12 blocks without a copy", 200, true},
		"not the whole":     {checked, "did not come to its end", 200, false},
		"it is not up yet":  {"", "HTTP 503", 503, false},
		"a block is broken": {checked + " Corrupt blocks:\t\t1\nFSCK ended at x\n", "1 blocks without a copy", 200, true},
	} {
		t.Run(name, func(t *testing.T) {
			to := pages(t, func(path string) (int, string) {
				if path != "/fsck?ugi=hdfs&path=%2F&files=1&openforwrite=1" {
					t.Errorf("asked for %s", path)
				}
				return c.status, c.found
			})
			ask := hadoop.Staying{Nodes: []string{"hadoop1", "hadoop2"}}.Copies(9870)
			err := speakhadoop.Copies{}.Do(t.Context(), to, ask.Script, func(string) {})
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || final(err) != c.final) {
				t.Errorf("got %v (final: %t), want %q", err, final(err), c.want)
			}
		})
	}
}

// nameNode says of its workers what a test wants.
func nameNode(path, workers, leaving, more, lacking string) (int, string) {
	if strings.HasSuffix(path, "name=FSNamesystemState") {
		return 200, `{"beans": [{"name": "x", "UnderReplicatedBlocks": ` + lacking + `}]}`
	}
	return 200, `{"beans": [{"LiveNodes": "` + workers + `", "DecomNodes": "` + leaving + `"` + more + `}]}`
}

func TestBlocks(t *testing.T) {
	const (
		two   = `{\"hadoop1:9866\": {\"adminState\": \"In Service\"}, \"hadoop2:9866\": {\"adminState\": \"In Service\"}`
		going = `, \"hadoop3:9866\": {\"adminState\": \"Decommission In Progress\"}}`
		gone  = `, \"hadoop3:9866\": {\"adminState\": \"Decommissioned\"}}`
		fine  = `, "Safemode": "", "NumberOfMissingBlocks": 0`
	)
	steps := []struct{ workers, leaving, more, lacking, says string }{
		{two + `, \"hadoop3:9866\": {\"adminState\": \"In Service\"}}`, "{}", fine, "0", "hadoop3 has not been told to leave"},
		{two + going, `{\"hadoop3:9866\": {\"underReplicatedBlocks\": 7}}`, fine, "7", "hadoop3 has 7 blocks to give up"},
		{two + gone, "{}", `, "Safemode": "Safe mode is ON", "NumberOfMissingBlocks": 0`, "0", "the NameNode is in safe mode"},
		{two + gone, "{}", `, "Safemode": "", "NumberOfMissingBlocks": 2`, "0", "2 blocks have no copy"},
		{two + "}", "{}", fine, "3", "3 blocks lack a copy"},
		{two + gone, "{}", fine, "0", ""},
	}
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int64
		to := pages(t, func(path string) (int, string) {
			at := int(asked.Add(1)-1) / 2 // two pages make one look
			s := steps[min(at, len(steps)-1)]
			return nameNode(path, s.workers, s.leaving, s.more, s.lacking)
		})
		var said []string
		ask := hadoop.Staying{Nodes: []string{"hadoop1", "hadoop2"}}.Blocks(9870)
		if err := (speakhadoop.Blocks{}).Do(t.Context(), to, ask.Script, func(s string) { said = append(said, s) }); err != nil {
			t.Fatal(err)
		}
		for i, s := range steps[:len(steps)-1] {
			if i >= len(said) || said[i] != s.says {
				t.Fatalf("said %q, want %q at %d", said, s.says, i)
			}
		}
	})
}

// What does not move for long enough never will.
func TestBlocksThatStayWhereTheyAre(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := pages(t, func(path string) (int, string) {
			return nameNode(path, `{\"a:1\": {\"adminState\": \"Decommission In Progress\"}}`, `{\"a:1\": {\"underReplicatedBlocks\": 4}}`, "", "4")
		})
		begin := time.Now()
		ask := hadoop.Staying{Nodes: []string{"b"}}.Blocks(9870)
		err := speakhadoop.Blocks{}.Do(t.Context(), to, ask.Script, func(string) {})
		if ferry.CodeOf(err) != ferry.Failed || !strings.Contains(err.Error(), "the same: a has 4 blocks to give up") || !final(err) {
			t.Errorf("got %v", err)
		}
		if took := time.Since(begin); took < 10*time.Minute || took > time.Hour {
			t.Errorf("it waited for %s", took)
		}
	})
}

func TestContainers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		answers := []string{
			`{"nodes": {"node": [{"nodeHostName": "yarn1", "numContainers": 4}, {"nodeHostName": "yarn3", "state": "DECOMMISSIONING", "numContainers": 0}, {"nodeHostName": "yarn2", "numContainers": 2}]}}`,
			`{"nodes": {"node": [{"nodeHostName": "yarn1", "numContainers": 4}, {"nodeHostName": "yarn3", "state": "DECOMMISSIONED", "numContainers": 0}]}}`,
		}
		var asked atomic.Int64
		to := pages(t, func(path string) (int, string) {
			if path != "/ws/v1/cluster/nodes" {
				t.Errorf("asked for %s", path)
			}
			return 200, answers[min(int(asked.Add(1)-1), len(answers)-1)]
		})
		var said string
		ask := hadoop.Staying{Nodes: []string{"yarn1"}}.Containers(8088)
		if err := (speakhadoop.Containers{}).Do(t.Context(), to, ask.Script, func(s string) { said += s }); err != nil {
			t.Fatal(err)
		}
		if said != "yarn2 runs 2 containers to their end, yarn3 runs 0 containers to their end" {
			t.Errorf("said %q", said)
		}
	})
}
