package kafka

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/ferry-project/ferry/internal/retry"
	"github.com/ferry-project/ferry/internal/script/kafka"
	"github.com/ferry-project/ferry/internal/speak"
)

// brokers are three that speak the protocol in this process.
func brokers(t *testing.T) (*kfake.Cluster, speak.Peer) {
	t.Helper()
	c, err := kfake.NewCluster(kfake.NumBrokers(3))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	at := c.ListenAddrs()[0]
	dialed := 0
	return c, speak.Peer{Node: "127.0.0.1", Port: 1, Dial: func(ctx context.Context, node string) (net.Conn, error) {
		if dialed++; node != "127.0.0.1" { // the names that these brokers advertise
			t.Errorf("dials %q", node)
		}
		return new(net.Dialer).DialContext(ctx, "tcp", at)
	}}
}

func do(ctx context.Context, to speak.Peer, s kafka.Script, say func(string)) error {
	return Speaker{}.Do(ctx, to, s.Ask(1, "").Script, say)
}

func TestABrokerNamesAllOthers(t *testing.T) {
	_, to := brokers(t)
	if err := do(t.Context(), to, kafka.Script{Brokers: 3}, func(string) {}); err != nil {
		t.Error(err)
	}
}

func TestMissingBrokersAreWaitedFor(t *testing.T) {
	_, to := brokers(t)
	ctx, cancel := context.WithCancel(t.Context())
	var said string
	err := do(ctx, to, kafka.Script{Brokers: 4}, func(answer string) { said = answer; cancel() })
	if err == nil || said != "it names 3 of 4 brokers" {
		t.Errorf("%v, having said %q", err, said)
	}
}

func TestAControllerIsWaitedFor(t *testing.T) {
	c, to := brokers(t)
	asked := 0
	c.ControlKey(int16(kmsg.Metadata), func(r kmsg.Request) (kmsg.Response, error, bool) {
		if asked++; asked > 2 {
			return nil, nil, false
		}
		c.KeepControl()
		m := r.ResponseKind().(*kmsg.MetadataResponse)
		m.ControllerID, m.Brokers = -1, make([]kmsg.MetadataResponseBroker, 3)
		return m, nil, true
	})
	var said []string
	if err := do(t.Context(), to, kafka.Script{Brokers: 3}, func(a string) { said = append(said, a) }); err != nil {
		t.Fatal(err)
	}
	if len(said) != 2 || said[0] != "it names no controller" {
		t.Errorf("said %q", said)
	}
}

func TestNobodyThereIsSaidAndAskedAgain(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	refused := speak.Peer{Node: "kafka0", Port: 9092, Dial: func(context.Context, string) (net.Conn, error) {
		return nil, net.ErrClosed
	}}
	var said string
	err := do(ctx, refused, kafka.Script{Brokers: 1}, func(a string) { said = a; cancel() })
	if err == nil || !strings.Contains(said, net.ErrClosed.Error()) {
		t.Errorf("%v, having said %q", err, said)
	}
}

func TestScriptOfAnotherIsNotTriedAgain(t *testing.T) {
	tries := 0
	err := retry.Every(time.Millisecond).Until(t.Context(), func() error {
		tries++
		return Speaker{}.Do(t.Context(), speak.Peer{}, []byte(`{"users": []}`), nil)
	})
	if err == nil || tries != 1 {
		t.Errorf("tried %d times: %v", tries, err)
	}
}
