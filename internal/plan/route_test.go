package plan_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/plan"
)

// rings has two rings with a graph each, two clusters, and asks for ports.
func rings(ports ...ferry.PortRequest) ferry.Application {
	a := cassandra(2, map[string]string{"db": "users"})
	second := cassandra(2, map[string]string{"db": "users"}).Backends[0]
	second.Storage.Path = "backend[1].storage"
	a.Backends = append(a.Backends, second)
	a.Connectors[0].Ports = ports
	return a
}

func one(a ferry.Application, ports ...ferry.PortRequest) ferry.Application {
	a.Connectors[0].Ports = ports
	return a
}

func port(n int) ferry.PortRequest { return ferry.PortRequest{Container: n} }

// published lists "node host address->port" of everything but the web interfaces that
// are published without being asked for.
func published(p ferry.Plan) []string {
	var out []string
	for _, n := range p.Nodes {
		for _, port := range n.Ports {
			if port.Host > 0 {
				out = append(out, fmt.Sprintf("%s %s->%d", n.Name, port.Published(), port.Container))
			}
		}
	}
	slices.Sort(out)
	return out
}

// A connector's port leads to the node that listens on it.
func TestPortsLeadToWhoHasThem(t *testing.T) {
	mpi := func(ports ...ferry.PortRequest) ferry.Application { return one(openmpi(2, 2), ports...) }
	ring := func(ports ...ferry.PortRequest) ferry.Application {
		return one(cassandra(3, map[string]string{"db": "users"}), ports...)
	}
	hive := func(ports ...ferry.PortRequest) ferry.Application { return one(withHive(hadoop(2, nil)), ports...) }
	several := ring(port(9042))
	for range 2 { // as three instances of one block come
		several.Connectors = append(several.Connectors, several.Connectors[0])
	}
	for i, name := range []string{"a", "b", "c"} {
		several.Connectors[i].Name = name
	}
	pages := []string{ // of Hadoop and Hive, published without being asked for
		"hadoop0 127.0.0.1:20000->9870", "hadoop0 127.0.0.1:20001->8088", "hadoop0 127.0.0.1:20002->19888", "hive0 127.0.0.1:20003->10002",
	}
	for name, c := range map[string]struct {
		app  ferry.Application
		want []string
		rest []string
	}{
		"CQL is the first node's": {ring(port(9042)), []string{"cassandra0 127.0.0.1:20000->9042"}, nil},
		"CQL of a certain node": {
			ring(ferry.PortRequest{Address: "10.0.0.7", Host: 19042, Container: 9042, Node: "cassandra2"}),
			[]string{"cassandra2 10.0.0.7:19042->9042"},
			nil,
		},
		"of each node": {
			ring(ferry.PortRequest{Container: 9042, Node: "cassandra0"}, ferry.PortRequest{Container: 9042, Node: "cassandra1"}),
			[]string{"cassandra0 127.0.0.1:20000->9042", "cassandra1 127.0.0.1:20001->9042"},
			nil,
		},
		"Gremlin is the graph's":        {ring(ferry.PortRequest{Host: 8182, Container: 8182}), []string{"titan0 127.0.0.1:8182->8182"}, nil},
		"asked for by a block of three": {several, []string{"cassandra0 127.0.0.1:20000->9042"}, nil},
		"nobody's is the connector's":   {ring(port(8888)), []string{"control-0 127.0.0.1:20000->8888"}, nil},
		"the connector's own program, although a service has that port": {
			ring(ferry.PortRequest{Container: 9042, Node: "control-0"}), []string{"control-0 127.0.0.1:20000->9042"}, nil,
		},
		"a port of a node that no service lists": {
			ring(ferry.PortRequest{Container: 5005, Node: "titan0"}), []string{"titan0 127.0.0.1:20000->5005"}, nil,
		},
		"one of two rings": {
			rings(ferry.PortRequest{Container: 9042, Node: "cassandra2"}), []string{"cassandra2 127.0.0.1:20000->9042"}, nil,
		},
		"JDBC and the metastore are Hive's": {
			hive(ferry.PortRequest{Host: 10000, Container: 10000}, ferry.PortRequest{Host: 9083, Container: 9083}),
			[]string{"hive0 127.0.0.1:10000->10000", "hive0 127.0.0.1:9083->9083"},
			pages,
		},
		"HDFS, by Hadoop's port and by Ferry's": {
			hive(ferry.PortRequest{Host: 8020, Container: 8020}), []string{"hadoop0 127.0.0.1:8020->9000"}, pages,
		},
		"YARN and the history": {
			hive(ferry.PortRequest{Host: 8032, Container: 8032}, ferry.PortRequest{Host: 10020, Container: 10020}),
			[]string{"hadoop0 127.0.0.1:8032->8032", "hadoop0 127.0.0.1:10020->10020"},
			pages,
		},
		"a worker's page": {
			hive(ferry.PortRequest{Host: 8042, Container: 8042, Node: "hadoop2"}, ferry.PortRequest{Host: 50075, Container: 50075}),
			[]string{"hadoop2 127.0.0.1:8042->8042", "hadoop1 127.0.0.1:50075->9864"},
			pages,
		},
		"a worker's blocks": {
			hive(ferry.PortRequest{Host: 9866, Container: 9866, Node: "hadoop2"}, ferry.PortRequest{Host: 50010, Container: 50010}),
			[]string{"hadoop2 127.0.0.1:9866->9866", "hadoop1 127.0.0.1:50010->9866"},
			pages,
		},
		"ssh, by its usual port": {mpi(port(22)), []string{"openmpi0 127.0.0.1:20000->2222"}, nil},
		"ssh of another node":    {mpi(ferry.PortRequest{Container: 22, Node: "openmpi1"}), []string{"openmpi1 127.0.0.1:20000->2222"}, nil},
		"Gluster's":              {mpi(port(24007)), []string{"gluster0 127.0.0.1:20000->24007"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := plan.New(hadoopInput(c.app))
			if err != nil {
				t.Fatal(err)
			}
			want := append(slices.Clone(c.want), c.rest...)
			slices.Sort(want)
			if diff := cmp.Diff(want, published(p)); diff != "" {
				t.Errorf("published (-want +got):\n%s", diff)
			}
		})
	}
}

// The host has no way into a private network, so nothing is published from it.
func TestPrivateNetworkPublishesNothing(t *testing.T) {
	a := ferry.Application{
		Network:  ferry.NetworkOptions{Private: true},
		Backends: []ferry.Backend{{Storage: ferry.Service{Path: "backend[0].storage", Personality: "hadoop", Instances: 1}}},
	}
	p, err := plan.New(input(a))
	if err != nil || !p.Network.Private {
		t.Fatalf("%+v, %v", p.Network, err)
	}
	if got := published(p); len(got) > 0 {
		t.Errorf("published: %v", got)
	}
	if text := text(t, p); !strings.Contains(text, "private") || strings.Contains(text, "every user of this machine") {
		t.Error("the plan does not say so, or that everybody gets in")
	}
	a.Connectors = []ferry.Service{{
		Path: "connectors[0]", Personality: "hadoop-client", Name: "c", Instances: 1, Ports: []ferry.PortRequest{{Container: 9870}},
	}}
	_, err = plan.New(input(a))
	var faults ferry.Faults
	if !errors.As(err, &faults) || len(faults) != 1 || faults[0].Path != "connectors[0].ports[0]" || !strings.Contains(faults[0].Message, "private") {
		t.Errorf("a port: %v", err)
	}
}

// What could mean two things is refused at its place, with what to write.
func TestPortsThatCouldMeanTwoThings(t *testing.T) {
	both := cassandra(3, map[string]string{"db": "users"})
	both.Connectors = append(both.Connectors, both.Connectors[0])
	both.Connectors[0].Ports = []ferry.PortRequest{port(8888), {Host: 19042, Container: 9042}}
	both.Connectors[1].Path, both.Connectors[1].Name = "connectors[1]", "other"
	both.Connectors[1].Ports = []ferry.PortRequest{port(8888), port(9042)}
	for name, c := range map[string]struct {
		app  ferry.Application
		want ferry.Faults
	}{
		"two rings": {rings(port(8888), ferry.PortRequest{Address: "::1", Host: 19042, Container: 9042}), ferry.Faults{{
			Path: "connectors[0].ports[1]", Message: "port 9042 could be cassandra0's or cassandra2's",
			Hint: `write "[::1]:19042:9042@cassandra0" or "[::1]:19042:9042@cassandra2"`,
		}}},
		"YARN of the storage and of the compute": {one(yarnOn("hadoop"), port(8088)), ferry.Faults{{
			Path: "connectors[0].ports[0]", Message: "port 8088 could be hadoop0's or yarn0's",
			Hint: `write "8088@hadoop0" or "8088@yarn0"`,
		}}},
		"two connectors": {both, ferry.Faults{{
			Path: "connectors[1].ports[1]", Message: "port 9042 of cassandra0 is published already, for control-0",
			Hint: "it is the same for every connector: leave it out here",
		}}},
		"a node that is not there, beside a port that is taken": {
			rings(ferry.PortRequest{Host: 22, Container: 80}, ferry.PortRequest{Container: 9042, Node: "cassandra7"}), ferry.Faults{{
				Path: "connectors[0].ports[0]", Message: "host port 22 is taken by something on this host",
				Hint: "write 80 alone and Ferry picks a free host port",
			}, {
				Path: "connectors[0].ports[1]", Message: `no node is called "cassandra7"`,
				Hint: "there are cassandra0, cassandra1, titan0, cassandra2, cassandra3, titan1, control-0",
			}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			in := hadoopInput(c.app)
			in.Observed.Ports = []int{22}
			_, err := plan.New(in)
			var faults ferry.Faults
			if !errors.As(err, &faults) {
				t.Fatalf("got %v, want faults", err)
			}
			if diff := cmp.Diff(c.want, faults); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
		})
	}
}

// A port that nobody is known to have is said to be the user's own.
func TestPortsOfTheUsersOwnAreNoted(t *testing.T) {
	a := one(cassandra(1, map[string]string{"db": "users"}), port(9042), port(8888), ferry.PortRequest{Container: 7777, Node: "control-0"})
	p, err := plan.New(input(a))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"port 8888 is for a program of your own in control-0: no service of the stack has it"}
	if got := p.Services[len(p.Services)-1].Notes; !slices.Equal(got, want) {
		t.Errorf("notes %q, want %q", got, want)
	}
}
