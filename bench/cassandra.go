package main

import (
	"context"
	"fmt"
	"strings"
)

const ringApplication = "cassandra:3"

// ringNeeds are every node's view of the ring.
var ringNeeds = []string{"ring@cassandra0", "ring@cassandra1", "ring@cassandra2"}

// firstRow asks one node for its view of the ring, writes and reads a row at QUORUM,
// and reads it at ALL, for which all three have to be there.
const firstRow = `cqlsh <<'CQL'
SELECT address, status_with_port FROM system_views.gossip_info;
CREATE KEYSPACE bench WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 3};
CREATE TABLE bench.planets (name text PRIMARY KEY, moons int);
CONSISTENCY QUORUM;
INSERT INTO bench.planets (name, moons) VALUES ('Mars', 2271);
SELECT moons FROM bench.planets WHERE name = 'Mars';
CONSISTENCY ALL;
SELECT moons FROM bench.planets WHERE name = 'Mars';
CQL`

func aRow() finish {
	return finish{what: "a row was written and read at QUORUM", command: []string{"bash", "-c", firstRow}, check: readBack}
}

func readBack(out string) error {
	nodes, read := strings.Count(out, "NORMAL"), strings.Count(out, "2271")
	if nodes != 3 || read != 2 {
		return fmt.Errorf("%d of 3 nodes are in the ring, the row was read %d times of 2: %.500q", nodes, read, out)
	}
	return nil
}

var ringImages = map[string]string{"cassandra": "CASSANDRA_IMAGE", "cassandra-client": "CLIENT_IMAGE", "janusgraph": "GRAPH_IMAGE"}

// cassandra compares the ways from nothing to the first row of a ring of three.
func cassandra(ctx context.Context, o options) ([]row, error) {
	b := newRivalry(o, ringApplication, aRow(), ringNeeds)
	b.peers = []composition{
		{name: "ring", files: "cassandra", application: ringApplication, finish: aRow(), images: ringImages},
		{name: "ccm", files: "ccm", application: ringApplication, finish: aRow(), images: ringImages},
	}
	b.others = []contender{{"one", loneNode{ferry: b.start.ferry, api: b.start.raw, ledger: b.start.ledger}.run}}
	ours := &ringStart{ferryStart: b.start}
	all, err := b.run(ctx, ours.run)
	if err != nil {
		return nil, err
	}
	return []row{
		newRow("cassandra:3 to ready; beside the slowest node's own start in the same run", 1.25, ours.ready, ours.own),
		newRow("cassandra:3 to ready; beside a lone node's own start, by the raw API", 0, ours.ready, all["one"]),
		newRow("cassandra:3 until a row was written and read at QUORUM; beside docker compose, joining one by one", 0, all["ferry"], all["ring"]),
		newRow("the same; beside what ccm does", 0, all["ferry"], all["ccm"]),
		newRow("the same; beside the floor", 1.25, all["ferry"], all["floor"]),
	}, nil
}

// titan compares the ways from nothing to the first traversal of the built-in
// application: a ring of three with a graph.
func titan(ctx context.Context, o options) ([]row, error) {
	b := newRivalry(o, "cassandra", traversal(), append([]string{"traversal"}, ringNeeds...))
	all, err := b.run(ctx, b.start.run)
	if err != nil {
		return nil, err
	}
	return []row{newRow("cassandra with its graph until the first traversal; beside the floor", 1.25, all["ferry"], all["floor"])}, nil
}

func traversal() finish {
	return finish{
		what: "the first traversal's answer", command: []string{"gremlin", "-e", "g.V().count()"},
		check: func(out string) error {
			if strings.TrimSpace(out) != "==>0" {
				return fmt.Errorf("a new graph answered %q", out)
			}
			return nil
		},
	}
}
