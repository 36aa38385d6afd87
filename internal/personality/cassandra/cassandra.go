// Package cassandra is the storage Apache Cassandra: a ring of n nodes whose tokens,
// names and seeds are known before any of them runs, so that all start at once.
package cassandra

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/personality"
)

const (
	name    = "cassandra"
	user    = "ferry"
	dataDir = "/service/data"
	native  = 9042
	storage = 7000
	// maxNodes bounds a ring on one machine; each node is a JVM.
	maxNodes = 100
	// startTime is what a ring may take on a slow and busy machine.
	startTime = 5 * time.Minute
)

// Personality is the Cassandra storage.
type Personality struct{}

// Card says what it is.
func (Personality) Card() personality.Card {
	return personality.Card{
		Name: name, Class: ferry.Storage,
		Description: "Apache Cassandra: a replicated wide-column database",
		Client:      "cassandra-client", Host: name, Recipe: name, MaxInstances: maxNodes,
		Grows: true, Shrinks: true,
		Args: map[string]string{
			"auth": "password (default: a user generated for the stack) or none",
			"durability": "batch (default) or group: nothing acknowledged is lost when all nodes are killed; " +
				"periodic: up to 10 s of writes may be, and writes are faster",
			"profile":     "fast (default) starts quickly, for laptops and tests; server takes more memory and serves long-running, heavier loads",
			"replication": "copies of each row in keyspaces that do not say; default 3, or as many as there are nodes",
		},
		Config: map[string]string{name: "any setting of cassandra.yaml"},
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
		shapes[i] = personality.Shape{Role: "node", MemoryMin: o.profile.least, Memory: o.profile.wish}
	}
	return shapes, nil
}

// Describe says everything about the ring.
func (Personality) Describe(r personality.Request) (ferry.Blueprint, error) {
	o, err := optionsOf(r.Service)
	if err != nil {
		return ferry.Blueprint{}, err
	}
	c := ring{options: o, request: r, layout: layoutOf(r)}
	c.replication = c.layout.replicationOf(o.replication, r.Service.Args["replication"] != "")
	if err := c.tooFew(); err != nil {
		return ferry.Blueprint{}, err
	}
	bp := ferry.Blueprint{
		Tasks: slices.Concat(c.tasks(), c.growth(), c.shrinkage()), Tests: []ferry.Task{c.smoke()},
		Export: c.export(), Layout: c.words(), Notes: c.notes(),
	}
	if o.password {
		bp.Secrets = []ferry.Secret{{Name: c.secret(), Kind: ferry.Password}}
	}
	for i, m := range r.Nodes {
		bp.Nodes = append(bp.Nodes, c.node(i, m))
		bp.Probes = append(bp.Probes, c.member(m))
	}
	return bp, nil
}

// ring is one Cassandra service.
type ring struct {
	options
	layout  layout
	request personality.Request
}

func (c ring) secret() string { return "cassandra-" + c.request.ID }

// names of all nodes, in the order in which they take their tokens.
func (c ring) names() []string { return namesOf(c.request.Nodes) }

func (c ring) node(i int, m personality.Machine) ferry.NodeBlueprint {
	return ferry.NodeBlueprint{
		Name: m.Name, Role: m.Role, Image: name, Login: user, Home: "/home/" + user,
		Processes: []ferry.Process{{
			Name: name, User: user, Vital: true,
			Command: append([]string{"/opt/cassandra/bin/cassandra"}, c.flags(m.Memory)...),
			Grace:   50 * time.Second, // it drains for up to 13
		}},
		Files:     []ferry.File{{Path: "/service/conf/cassandra/cassandra.yaml", Owner: user, Content: c.yaml(i)}},
		Volumes:   []ferry.Volume{{Name: "data", Path: dataDir}},
		Ports:     []ferry.Port{{Name: "native", Container: native}, {Name: "storage", Container: storage}},
		StopGrace: time.Minute,
		JoinAfter: c.joinAfter(i),
	}
}

func (c ring) export() ferry.Export {
	names := c.names()
	e := ferry.Export{
		Nodes: names,
		Values: map[string]string{
			"type": name, "ip": names[0], "seed": names[0], "seeds": strings.Join(c.contacts(), ","),
			"port":        strconv.Itoa(native),
			"replication": strconv.Itoa(c.replication),
		},
	}
	if c.password {
		secret := ferry.SecretRef(c.secret(), "value")
		file := "/service/conf/cassandra/" + names[0] + "/password"
		e.Values["user"], e.Values["password"], e.Values["password_file"] = user, secret, file
		e.Files = []ferry.File{{Path: file, Owner: user, Mode: 0o600, Content: secret}}
	}
	return e
}

func (c ring) notes() []string {
	var notes []string
	n := len(c.request.Nodes)
	switch {
	case c.replication < min(3, n) && c.layout.founded < n:
		notes = append(notes, "rows keep "+strconv.Itoa(c.replication)+" copies, as when the ring had "+strconv.Itoa(c.layout.founded)+
			" nodes; ALTER KEYSPACE and nodetool repair make more of them")
	case c.replication < 3:
		notes = append(notes, strconv.Itoa(n)+" node(s) with replication "+strconv.Itoa(c.replication)+
			" cannot lose a node without losing quorum; 3 can")
	}
	if c.durability == "periodic" {
		notes = append(notes, "durability periodic: acknowledged writes may be lost when all nodes end at once")
	}
	if !c.password {
		notes = append(notes, "auth none: everything in the stack's network may read and change everything")
	}
	return notes
}
