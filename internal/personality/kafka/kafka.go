// Package kafka is the storage Apache Kafka: n brokers whose ids, names and quorum are
// known before any of them runs, so that all start at once and none is formatted.
package kafka

import (
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/personality"
	"github.com/ferry-project/ferry/internal/script/kafka"
)

const (
	name    = "kafka"
	user    = "ferry"
	confDir = "/service/conf/kafka"
	dataDir = "/service/data"
	// Clients in the stack use one port and those on the host another, as a broker tells
	// its clients under which name to come back, and that depends on where they are.
	inside, outside, quorum = 9092, 19092, 9093
	// maxNodes bounds a cluster on one machine; each node is a JVM.
	maxNodes = 30
	// startTime is what a cluster may take on a slow and busy machine.
	startTime = 5 * time.Minute
)

// Personality is the Kafka storage.
type Personality struct{}

// Card says what it is.
func (Personality) Card() personality.Card {
	return personality.Card{
		Name: name, Class: ferry.Storage,
		Description: "Apache Kafka: topics of records, replicated",
		Client:      "kafka-client", Host: name, Recipe: name, MaxInstances: maxNodes,
		Args: map[string]string{
			"advertise":   "the name or address of this machine by which clients outside the stack reach it; default 127.0.0.1",
			"profile":     "fast (default) starts quickly, for laptops and tests; server takes more memory and serves long-running, heavier loads",
			"replication": "replicas of each partition of topics that do not say; default 3, or as many as there are nodes",
		},
		Config: map[string]string{name: "any setting of server.properties"},
	}
}

// Nodes returns n equal machines.
func (Personality) Nodes(s ferry.Service) ([]personality.Shape, error) {
	o, err := optionsOf(s)
	if err != nil {
		return nil, err
	}
	shapes := make([]personality.Shape, s.Instances)
	for i := range shapes {
		shapes[i] = personality.Shape{Role: "broker", MemoryMin: o.profile.least, Memory: o.profile.wish}
	}
	return shapes, nil
}

// Describe says everything about the cluster.
func (Personality) Describe(r personality.Request) (ferry.Blueprint, error) {
	o, err := optionsOf(r.Service)
	if err != nil {
		return ferry.Blueprint{}, err
	}
	c := cluster{options: o, request: r}
	bp := ferry.Blueprint{
		Tests: []ferry.Task{c.smoke()}, Export: c.export(), Notes: c.notes(), Open: "read, write and delete every topic",
	}
	for i, m := range r.Nodes {
		bp.Nodes = append(bp.Nodes, c.node(i, m))
		bp.Probes = append(bp.Probes, c.member(m))
	}
	return bp, nil
}

// cluster is one Kafka service.
type cluster struct {
	options
	request personality.Request
}

func (c cluster) names() []string {
	var all []string
	for _, m := range c.request.Nodes {
		all = append(all, m.Name)
	}
	return all
}

// bootstrap lists the brokers as clients in the stack have them.
func (c cluster) bootstrap() string {
	var all []string
	for _, n := range c.names() {
		all = append(all, net.JoinHostPort(n, strconv.Itoa(inside)))
	}
	return strings.Join(all, ",")
}

func (c cluster) node(i int, m personality.Machine) ferry.NodeBlueprint {
	return ferry.NodeBlueprint{
		Name: m.Name, Role: m.Role, Image: name, Login: user, Home: "/home/" + user,
		Env: map[string]string{"KAFKA_BOOTSTRAP_SERVERS": c.bootstrap()},
		Processes: []ferry.Process{{
			Name: name, User: user, Vital: true,
			Command: append([]string{"/opt/kafka/bin/kafka-broker"}, c.flags(m.Memory)...),
			Grace:   leave,
		}},
		Files: []ferry.File{
			{Path: confDir + "/server.properties", Content: c.properties(i)},
			{Path: confDir + "/meta.properties", Content: c.identity(i)},
		},
		Volumes: []ferry.Volume{{Name: "data", Path: dataDir}},
		// The port for clients in the stack is not listed: a file that asks for 9092 means
		// the one whose broker sends a client on the host to where it can go.
		Ports: []ferry.Port{
			{Name: "clients on the host", Container: outside, Formerly: []int{inside}, Publish: true},
			{Name: "quorum", Container: quorum},
		},
		StopGrace: leave + 10*time.Second,
	}
}

// leave is how long a broker may take to hand its partitions over and close its files.
// The last ones of a cluster find nobody to hand them to.
const leave = 10 * time.Second

func (c cluster) export() ferry.Export {
	names := c.names()
	return ferry.Export{
		Nodes: names,
		Values: map[string]string{
			"type": name, "ip": names[0], "port": strconv.Itoa(inside), "bootstrap": c.bootstrap(),
			"replication": strconv.Itoa(c.replication),
		},
	}
}

func (c cluster) notes() []string {
	var notes []string
	if n := len(c.request.Nodes); n < 3 {
		notes = append(notes, strconv.Itoa(n)+" broker(s) cannot lose one and go on: with the first one the controller is lost too; 3 can")
	} else if c.replication < 3 {
		notes = append(notes, "replication "+strconv.Itoa(c.replication)+" cannot lose a broker and be sure of every acknowledged record; 3 can")
	}
	return notes
}

// member is asked of every broker: it names all others, and a controller.
func (c cluster) member(m personality.Machine) ferry.Probe {
	n := len(c.request.Nodes)
	says := "name " + strconv.Itoa(n) + " brokers and a controller"
	return ferry.Probe{
		Name: "cluster@" + m.Name, Node: m.Name, Deadline: startTime, Hint: c.hint(),
		Description: m.Name + " names " + strconv.Itoa(n) + " brokers and a controller",
		Ask:         kafka.Script{Brokers: n}.Ask(inside, says),
	}
}

func (c cluster) smoke() ferry.Task {
	const records = 10
	return ferry.Task{
		Name: "write-and-read", Node: c.names()[0], When: ferry.OnTest, Hint: c.hint(), Timeout: startTime,
		Ask: kafka.Script{Brokers: len(c.request.Nodes), Topic: "ferry-test-" + c.request.ID, Records: records}.
			Ask(inside, "write "+strconv.Itoa(records)+" records to a topic of their own and read them"),
	}
}

func (c cluster) hint() string {
	return "the log of the process says more: ferry logs " + ferry.StackRef + " " + c.names()[0]
}
