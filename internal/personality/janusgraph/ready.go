package janusgraph

import (
	"fmt"
	"net/url"
	"strconv"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/script"
	"github.com/ferry-project/ferry/internal/script/cql"
)

// tasks make the graph's keyspace and tables, in one session and without a pause, and
// then let the server begin. Both are remembered on volumes, so a resume needs neither.
func (g graph) tasks() []ferry.Task {
	first := g.ring.Nodes[0]
	return []ferry.Task{
		{
			Name: "tables", Node: first, When: ferry.FirstStart, After: []string{"ready " + first}, Timeout: startTime,
			Ask: cql.Script{Users: g.login(), Statements: g.schema(), Agree: g.ring.Nodes}.
				Ask(g.native(), "make the keyspace "+g.db()+", its tables and the server's login"),
		},
		{
			Name: "begin", Node: g.node.Name, User: user, When: ferry.FirstStart, After: []string{"tables"},
			Command: []string{"touch", mark},
		},
	}
}

// native is the port of Cassandra's native protocol.
func (g graph) native() int {
	n, _ := strconv.Atoi(g.ring.Values["port"]) // Cassandra's own export
	return n
}

// login is the ring's own user, who makes the graph's.
func (g graph) login() []cql.User {
	if !g.passwords() {
		return nil
	}
	return []cql.User{{Name: g.ring.Values["user"], Password: g.ring.Values["password"]}}
}

// schema is what JanusGraph itself would make: all its tables are alike. With it
// comes the role that the server logs in as.
func (g graph) schema() []cql.Statement {
	all := []cql.Statement{{Text: fmt.Sprintf(
		"CREATE KEYSPACE IF NOT EXISTS %s WITH replication = {'class': 'SimpleStrategy', 'replication_factor': %s}",
		g.db(), g.ring.Values["replication"])}}
	for _, table := range []string{
		"edgestore", "edgestore_lock_", "graphindex", "graphindex_lock_", "janusgraph_ids",
		"system_properties", "system_properties_lock_", "systemlog", "txlog",
	} {
		all = append(all, cql.Statement{Text: fmt.Sprintf(
			"CREATE TABLE IF NOT EXISTS %s.%s (key blob, column1 blob, value blob, PRIMARY KEY (key, column1))"+
				" WITH CLUSTERING ORDER BY (column1 ASC)"+
				" AND compaction = {'class': 'SizeTieredCompactionStrategy'}"+
				" AND compression = {'class': 'LZ4Compressor', 'chunk_length_in_kb': 64}", g.db(), table)})
	}
	return append(all, g.role()...)
}

// role is the server's own login. Anyone who can query the graph can run scripts in the
// server and read this password, so the role is limited to its own keyspace.
func (g graph) role() []cql.Statement {
	if !g.passwords() {
		return nil
	}
	all := []cql.Statement{{Text: "CREATE ROLE IF NOT EXISTS " + role + " WITH LOGIN = true AND PASSWORD = '" +
		ferry.SecretRef(g.secret(), "value") + "'"}}
	for _, right := range []string{"SELECT", "MODIFY", "CREATE", "ALTER", "DROP"} {
		all = append(all, cql.Statement{Text: fmt.Sprintf("GRANT %s ON KEYSPACE %s TO %s", right, g.db(), role)})
	}
	return all
}

// traversal is asked over HTTP. The server's exit code says nothing: after some
// failures it is 0, after others the process stays without a port.
func (g graph) traversal() ferry.Probe {
	return ferry.Probe{
		Name: "traversal", Node: g.node.Name, After: []string{"begin"}, Deadline: startTime,
		Ask:         script.HTTP{Path: "/?gremlin=" + url.QueryEscape("g.V().limit(1).count()"), Expect: `"code":\s*200`}.Ask(port),
		Description: "a traversal of the graph " + g.db() + " was answered",
		Hint:        "the log of the process says more: ferry logs " + ferry.StackRef + " " + g.node.Name,
	}
}

// smoke asks the same again from within the node.
func (g graph) smoke() ferry.Task {
	return ferry.Task{
		Name: "traversal", Node: g.node.Name, User: user, When: ferry.OnTest,
		Command: []string{"/usr/lib/ferry/gremlin-ask", "g.V().limit(1).count()"},
	}
}
