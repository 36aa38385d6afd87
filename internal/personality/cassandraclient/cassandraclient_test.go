package cassandraclient

import (
	"maps"
	"strings"
	"testing"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/personality"
)

func ring(first string, more map[string]string) ferry.Export {
	e := ferry.Export{Personality: "cassandra", Class: ferry.Storage, Nodes: []string{first}, Values: map[string]string{"ip": first, "port": "9042"}}
	maps.Copy(e.Values, more)
	return e
}

func described(t *testing.T, beneath ...ferry.Export) ferry.Blueprint {
	t.Helper()
	bp, err := Personality{}.Describe(personality.Request{Nodes: []personality.Machine{{Name: "c"}}, Beneath: beneath})
	if err != nil {
		t.Fatal(err)
	}
	return bp
}

func file(n ferry.NodeBlueprint, end string) ferry.File {
	for _, f := range n.Files {
		if strings.HasSuffix(f.Path, end) {
			return f
		}
	}
	return ferry.File{}
}

func TestPasswordIsInAFileOfItsUserOnly(t *testing.T) {
	n := described(t, ring("cassandra0", map[string]string{"user": "ferry", "password": "${secret}"})).Nodes[0]
	f := file(n, "credentials")
	if f.Mode != 0o600 || f.Owner != user || !strings.Contains(f.Content, "password = ${secret}") {
		t.Errorf("%+v", f)
	}
	if rc := file(n, "cqlshrc").Content; !strings.Contains(rc, "hostname = cassandra0") || strings.Contains(rc, "${secret}") {
		t.Error(rc)
	}
}

func TestWithoutPasswordThereIsNoFileForOne(t *testing.T) {
	n := described(t, ring("cassandra0", nil)).Nodes[0]
	if f := file(n, "credentials"); f.Path != "" {
		t.Errorf("%+v", f)
	}
}

func TestToolsBeginInTheFirstRing(t *testing.T) {
	graph := ring("cassandra0", nil)
	graph.Layers = []ferry.Export{{Values: map[string]string{"gremlin": "ws://titan0:8182/gremlin"}}}
	gluster := ferry.Export{Personality: "gluster", Class: ferry.Storage, Nodes: []string{"gluster0"}}
	bp := described(t, gluster, graph, ring("cassandra3", nil))
	env := bp.Nodes[0].Env
	if env["CQLSH_HOST"] != "cassandra0" || env["GREMLIN_URL"] != "ws://titan0:8182/gremlin" {
		t.Error(env)
	}
	if got := bp.Tasks[0].After; len(got) != 3 || got[2] != "ready cassandra3" {
		t.Errorf("hooks wait for %v", got)
	}
}
