// Package janusgraph is the layer titan: JanusGraph, Titan's living successor, a graph
// kept in the Cassandra ring beneath it and asked in Gremlin.
package janusgraph

import (
	"fmt"
	"regexp"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/personality"
)

const (
	name   = "titan"
	recipe = "janusgraph"
	user   = "ferry"
	port   = 8182
	// role is the server's login in the ring.
	role = "titan"
	// mark is made on the node's volume when the graph's tables have been.
	mark      = "/service/data/tables-made"
	settings  = "/service/conf/janusgraph/janusgraph.properties"
	startTime = 5 * time.Minute
)

// Personality is the graph layer.
type Personality struct{}

// Card says what it is.
func (Personality) Card() personality.Card {
	return personality.Card{
		Name: name, Aliases: []string{recipe}, Class: ferry.Layer,
		Description: "JanusGraph, Titan's successor: a graph in a Cassandra ring, asked in Gremlin",
		On:          []string{"cassandra"}, Host: name, Recipe: recipe, MaxInstances: 1,
		Args: map[string]string{
			"db":      "name of the graph and of its keyspace; has no default",
			"profile": "of the storage: fast (default) or server",
		},
		Config: map[string]string{recipe: "any setting of janusgraph.properties"},
	}
}

// keyspace names that are the same with and without quotes.
var keyspace = regexp.MustCompile(`^[a-z][a-z0-9_]{0,47}$`)

func faultsOf(s ferry.Service) error {
	var faults ferry.Faults
	switch db := s.Args["db"]; {
	case db == "":
		faults = ferry.Faults{{
			Path: "args.db", Message: "titan needs the name of its graph", Hint: "args: {db: users}",
		}}
	case !keyspace.MatchString(db):
		faults = ferry.Faults{{
			Path: "args.db", Message: fmt.Sprintf("%q cannot be the name of a keyspace", db),
			Hint: "a lower-case letter, then such letters, digits and _, at most 48 in all",
		}}
	case reserved(db):
		faults = ferry.Faults{{
			Path: "args.db", Message: fmt.Sprintf("the keyspace %q is Cassandra's own", db), Hint: "take another name",
		}}
	}
	return append(faults, configFaults(s)...).OrNil()
}

// Nodes returns the one server.
func (Personality) Nodes(s ferry.Service) ([]personality.Shape, error) {
	if err := faultsOf(s); err != nil {
		return nil, err
	}
	shape := personality.Shape{Role: "server", MemoryMin: 640 * ferry.MiB, Memory: 1024 * ferry.MiB}
	if s.Args["profile"] == "server" {
		shape.MemoryMin, shape.Memory = 1024*ferry.MiB, 4096*ferry.MiB
	}
	return []personality.Shape{shape}, nil
}

// Describe says everything about the server.
func (Personality) Describe(r personality.Request) (ferry.Blueprint, error) {
	if err := faultsOf(r.Service); err != nil {
		return ferry.Blueprint{}, err
	}
	g := graph{request: r, ring: r.Beneath[0], node: r.Nodes[0]}
	bp := ferry.Blueprint{
		Nodes:  []ferry.NodeBlueprint{g.server()},
		Tasks:  g.tasks(),
		Probes: []ferry.Probe{g.traversal()},
		Tests:  []ferry.Task{g.smoke()},
		Export: g.export(),
		Open:   "read and change its graphs, and run Groovy in its node",
	}
	if g.passwords() {
		bp.Secrets = []ferry.Secret{{Name: g.secret(), Kind: ferry.Password}}
	}
	return bp, nil
}

// graph is one service of the layer.
type graph struct {
	request personality.Request
	ring    ferry.Export
	node    personality.Machine
}

func (g graph) db() string { return g.request.Service.Args["db"] }

// passwords reports whether the ring asks for them.
func (g graph) passwords() bool { return g.ring.Values["password"] != "" }

func (g graph) secret() string { return "titan-" + g.request.ID }

func (g graph) server() ferry.NodeBlueprint {
	return ferry.NodeBlueprint{
		Name: g.node.Name, Role: g.node.Role, Image: recipe, Login: user, Home: "/home/" + user,
		Processes: []ferry.Process{{
			Name: recipe, User: user, Vital: true, Grace: 20 * time.Second,
			Command: append([]string{
				"/usr/lib/ferry/janusgraph-begin", mark,
				"/opt/janusgraph/bin/janusgraph", "/opt/janusgraph/conf/gremlin-server.yaml",
			}, g.flags()...),
		}},
		Files:     []ferry.File{{Path: settings, Owner: user, Mode: 0o600, Content: g.properties()}},
		Volumes:   []ferry.Volume{{Name: "data", Path: "/service/data"}},
		Ports:     []ferry.Port{{Name: "gremlin", Container: port}},
		StopGrace: 30 * time.Second,
	}
}

// flags are the JVM's: half of the node's memory is heap.
func (g graph) flags() []string {
	heap := fmt.Sprintf("%dm", g.node.Memory/2/ferry.MiB)
	if g.request.Service.Args["profile"] == "server" {
		return []string{"-Xms" + heap, "-Xmx" + heap, "-XX:+UseG1GC"}
	}
	return []string{"-Xms" + heap, "-Xmx" + heap, "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"}
}

func (g graph) export() ferry.Export {
	at := fmt.Sprintf("%s:%d", g.node.Name, port)
	return ferry.Export{
		Nodes: []string{g.node.Name},
		Values: map[string]string{
			"type": name, "ip": g.node.Name, "db": g.db(),
			"gremlin": "ws://" + at + "/gremlin", "url": "http://" + at + "/",
		},
	}
}
