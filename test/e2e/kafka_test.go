//go:build e2e

package e2e

import (
	"context"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// What users of Kafka do first, in the client and from this machine, and what becomes of
// acknowledged records when a broker dies under the one who writes them.
func TestKafka(t *testing.T) {
	h := newHome(t)
	example, err := filepath.Abs("../../examples/kafka.yaml")
	if err != nil {
		t.Fatal(err)
	}
	id := h.start(example)
	t.Run("smoke test", func(t *testing.T) {
		if r := h.run("test", id); r.code != 0 || !strings.Contains(r.err+r.out, "Perth 20.49") {
			t.Errorf("ferry test: %s", r)
		}
	})
	t.Run("client finds the brokers", func(t *testing.T) { h.usesKafka(t, id) })
	acked := h.brokerKilled(t, id, "kafka1")
	t.Run("stopped and started", func(t *testing.T) {
		h.must("stop", id)
		h.must("start", id)
		h.recordsThere(t, id, acked)
		if got := h.sh(id, "control-0", "kcat -C -t greetings -e -q 2>/dev/null"); got != "salve" {
			t.Errorf("the topic has %q", got)
		}
	})
}

func (h *home) usesKafka(t *testing.T, id string) {
	out := h.sh(id, "control-0", `kafka-topics.sh --create --topic greetings --partitions 2
		kafka-topics --describe --topic greetings
		echo salve | kcat -P -t greetings
		kafka-console-consumer --topic greetings --from-beginning --max-messages 1 --timeout-ms 120000
		/service/examples/produce.py; /service/examples/consume.py
		echo "$BACKEND_STORAGE_TYPE $BACKEND_STORAGE_BOOTSTRAP"`)
	for _, is := range []string{
		"ReplicationFactor: 3", "min.insync.replicas=2", "\nsalve\n", "60 acknowledged", "Hanoi 23.84",
		"kafka kafka0:9092,kafka1:9092,kafka2:9092",
	} {
		if !strings.Contains(out, is) {
			t.Errorf("no %q in\n%s", is, out)
		}
	}
	quorum := h.must("exec", "-i=false", id, "kafka0", "--", "kafka-metadata-quorum", "describe", "--status")
	if strings.Count(quorum, `"id": `) != 3 {
		t.Errorf("three of the quorum are not in\n%s", quorum)
	}
}

// outside are the brokers as this machine reaches them.
func (h *home) outside(id string) (at []string) {
	for _, n := range h.inspect(id).Plan.Nodes {
		for _, p := range n.Ports {
			if p.Container == 19092 {
				at = append(at, p.Published())
			}
		}
	}
	return at
}

// brokerKilled writes records from this machine, each acknowledged by all replicas in
// sync, while a broker is killed and comes back; it returns those that were acknowledged.
func (h *home) brokerKilled(t *testing.T, id, node string) []string {
	t.Helper()
	c, err := kgo.NewClient(kgo.SeedBrokers(h.outside(id)...), kgo.AllowAutoTopicCreation(),
		kgo.DefaultProduceTopic("drill"), kgo.RecordDeliveryTimeout(5*time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	w := &kafkaWriter{client: c, stop: make(chan struct{})}
	var done sync.WaitGroup
	done.Go(func() { w.run(t) })
	enough := func(more int) {
		begin := w.count()
		eventually(t, 3*time.Minute, "records are acknowledged", func() bool { return w.count() > begin+more })
	}
	enough(50)
	before := h.startedAt(id, node)
	h.mustDocker("kill", container(id, node))
	enough(50) // while it is away, or has just come back
	eventually(t, 2*time.Minute, node+" is started again", func() bool { return h.startedAt(id, node) != before })
	h.comesUp(id)
	enough(50)
	close(w.stop)
	done.Wait()
	t.Logf("%d acknowledged, longest pause %s", len(w.acked), w.longest.Round(time.Millisecond))
	h.recordsThere(t, id, w.acked)
	return w.acked
}

// kafkaWriter writes records one after another and notes those that are acknowledged.
type kafkaWriter struct {
	client  *kgo.Client
	stop    chan struct{}
	mu      sync.Mutex
	acked   []string
	longest time.Duration
}

func (w *kafkaWriter) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.acked)
}

func (w *kafkaWriter) run(t *testing.T) {
	for i := 0; ; i++ {
		select {
		case <-w.stop:
			return
		case <-time.After(5 * time.Millisecond):
		}
		text, begin := time.Now().Format(time.RFC3339Nano), time.Now()
		if err := w.client.ProduceSync(context.Background(), kgo.StringRecord(text)).FirstErr(); err != nil {
			t.Errorf("record %d: %v", i, err)
			return
		}
		w.mu.Lock()
		w.acked = append(w.acked, text)
		w.longest = max(w.longest, time.Since(begin))
		w.mu.Unlock()
	}
}

// recordsThere reads the topic from this machine and looks for every record.
func (h *home) recordsThere(t *testing.T, id string, want []string) {
	t.Helper()
	c, err := kgo.NewClient(kgo.SeedBrokers(h.outside(id)...), kgo.ConsumeTopics("drill"),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	missing := map[string]bool{}
	for _, r := range want {
		missing[r] = true
	}
	for len(missing) > 0 && ctx.Err() == nil {
		c.PollFetches(ctx).EachRecord(func(r *kgo.Record) { delete(missing, string(r.Value)) })
	}
	if len(missing) > 0 {
		t.Errorf("%d of %d acknowledged records are lost", len(missing), len(want))
	}
}
