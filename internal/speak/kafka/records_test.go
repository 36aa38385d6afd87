package kafka

import (
	"context"
	"net"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/ferry-project/ferry/internal/script/kafka"
	"github.com/ferry-project/ferry/internal/speak"
)

// one broker holds every partition, so that one way leads to all of them.
func one(t *testing.T) (*kfake.Cluster, speak.Peer) {
	t.Helper()
	c, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	at := c.ListenAddrs()[0]
	return c, speak.Peer{Node: "kafka0", Port: 9092, Dial: func(ctx context.Context, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", at)
	}}
}

func TestRecordsAreWrittenReadAndGoneAgain(t *testing.T) {
	c, to := one(t)
	for range 2 {
		if err := do(t.Context(), to, kafka.Script{Brokers: 1, Topic: "smoke", Records: 10}, func(string) {}); err != nil {
			t.Fatal(err)
		}
		if c.TopicInfo("smoke") != nil {
			t.Error("the topic is left")
		}
	}
}

func TestATopicThatCannotBeMadeIsNamed(t *testing.T) {
	c, to := one(t)
	c.ControlKey(int16(kmsg.CreateTopics), func(r kmsg.Request) (kmsg.Response, error, bool) {
		answer := r.ResponseKind().(*kmsg.CreateTopicsResponse)
		answer.Topics = []kmsg.CreateTopicsResponseTopic{{Topic: "smoke", ErrorCode: kerr.InvalidReplicationFactor.Code}}
		return answer, nil, true
	})
	err := do(t.Context(), to, kafka.Script{Brokers: 1, Topic: "smoke", Records: 1}, func(string) {})
	if err == nil || !strings.Contains(err.Error(), "create topic smoke: INVALID_REPLICATION_FACTOR") {
		t.Error(err)
	}
}
