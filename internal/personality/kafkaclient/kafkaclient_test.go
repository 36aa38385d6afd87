package kafkaclient

import (
	"testing"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/personality"
	"github.com/ferry-project/ferry/internal/personality/personalitytest"
)

func TestToolsBeginWithTheFirstCluster(t *testing.T) {
	cluster := func(first string) ferry.Export {
		return ferry.Export{Personality: "kafka", Nodes: []string{first}, Values: map[string]string{"bootstrap": first + ":9092"}}
	}
	gluster := ferry.Export{Personality: "gluster", Nodes: []string{"gluster0"}}
	bp := personalitytest.Describe(t, Personality{}, personality.Request{Beneath: []ferry.Export{gluster, cluster("kafka0"), cluster("kafka1")}})
	n := bp.Nodes[0]
	kcat := personalitytest.File(t, n.Files, "kcat.conf")
	if n.Env["KAFKA_BOOTSTRAP_SERVERS"] != "kafka0:9092" || kcat.Content != "bootstrap.servers=kafka0:9092\n" || n.Env["KCAT_CONFIG"] != kcat.Path {
		t.Errorf("%v, %+v", n.Env, kcat)
	}
	if after := bp.Tasks[0].After; len(after) != 3 {
		t.Errorf("hooks wait for %v", after)
	}
}
