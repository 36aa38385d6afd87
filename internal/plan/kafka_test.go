package plan_test

import (
	"strings"
	"testing"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/plan"
)

// kafka is a cluster of n brokers with a client.
func kafka(n int, ports ...ferry.PortRequest) ferry.Application {
	return ferry.Application{
		Name:       "kafka",
		Backends:   []ferry.Backend{{Storage: ferry.Service{Path: "backend[0].storage", Personality: "kafka", Instances: n}}},
		Connectors: []ferry.Service{{Path: "connectors[0]", Personality: "kafka-client", Name: "control-0", Instances: 1, Ports: ports}},
	}
}

func TestGoldenKafka(t *testing.T) {
	p, err := plan.New(input(kafka(3)))
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "kafka.txt", text(t, p))
}

// advertised is what a broker tells clients on the host, and where that leads.
func advertised(t *testing.T, p ferry.Plan, node string) (says, leads string) {
	t.Helper()
	n, _ := p.Node(node)
	for _, f := range n.Files {
		if _, after, ok := strings.Cut(f.Content, "HOST://127.0.0.1:"); ok {
			says, _, _ = strings.Cut(after, "\n")
		}
		if strings.Contains(f.Content, "${ferry-port") {
			t.Errorf("%s of %s has a port that nobody filled in", f.Path, node)
		}
	}
	for _, port := range n.Ports {
		if port.Container == 19092 && port.Host > 0 {
			leads = port.Published()
		}
	}
	return says, leads
}

func TestBrokersAdvertiseThePortsThatArePublished(t *testing.T) {
	private := kafka(1)
	private.Network.Private = true
	for name, c := range map[string]struct {
		app         ferry.Application
		node        string
		says, leads string
	}{
		"without being asked":       {kafka(3), "kafka2", "20002", "127.0.0.1:20002"},
		"the one that the file has": {kafka(1, ferry.PortRequest{Host: 29092, Container: 9092}), "kafka0", "29092", "127.0.0.1:29092"},
		"of the broker named":       {kafka(3, ferry.PortRequest{Host: 29092, Container: 9092, Node: "kafka1"}), "kafka1", "29092", "127.0.0.1:29092"},
		"none, in a private one":    {private, "kafka0", "19092", ""},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := plan.New(input(c.app))
			if err != nil {
				t.Fatal(err)
			}
			if says, leads := advertised(t, p, c.node); says != c.says || leads != c.leads {
				t.Errorf("it says %q and is published at %q, want %q and %q", says, leads, c.says, c.leads)
			}
		})
	}
}

// What a broker has told its clients stays true while the stack changes.
func TestAdvertisedPortsStay(t *testing.T) {
	p, err := plan.New(input(kafka(2)))
	if err != nil {
		t.Fatal(err)
	}
	in := input(kafka(2))
	in.Observed.Ports = []int{20000, 20001} // its own, seen on the host
	in.Application.Connectors[0].Env = map[string]string{"LESSON": "two"}
	next, err := plan.Next(&p, in)
	if err != nil {
		t.Fatal(err)
	}
	for _, node := range []string{"kafka0", "kafka1"} {
		was, _ := advertised(t, p, node)
		if is, leads := advertised(t, next, node); is != was || leads != "127.0.0.1:"+was {
			t.Errorf("%s said %s, says %s and is published at %s", node, was, is, leads)
		}
	}
}
