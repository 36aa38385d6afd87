package cassandra

import (
	"fmt"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/personality"
	"github.com/ferry-project/ferry/internal/script/cql"
)

// login is the stack's own user, nil without passwords.
func (c ring) login() []cql.User {
	if !c.password {
		return nil
	}
	return []cql.User{{Name: user, Password: ferry.SecretRef(c.secret(), "value")}}
}

// tasks give a new ring its one user. Cassandra begins with a user whose password
// everybody knows: it makes the stack's own and is then shut out, before the ring is
// called ready. Neither needs repeating on a resume; the users are in the data.
func (c ring) tasks() []ferry.Task {
	if !c.password {
		return nil
	}
	known := cql.User{Name: "cassandra", Password: "cassandra"}
	at := ferry.Task{Node: c.names()[0], When: ferry.FirstStart, Timeout: startTime, Hint: c.hint()}
	grant, shut := at, at
	grant.Name = "user"
	grant.Ask = cql.Script{Users: append(c.login(), known), Statements: []cql.Statement{{
		Text: "CREATE ROLE IF NOT EXISTS " + user + " WITH SUPERUSER = true AND LOGIN = true AND PASSWORD = '" +
			ferry.SecretRef(c.secret(), "value") + "'",
	}}}.Ask(native, "make the ring's own user "+user)
	shut.Name, shut.After = "lock", []string{"user"}
	shut.Ask = cql.Script{Users: c.login(), Statements: []cql.Statement{{
		Text: "ALTER ROLE cassandra WITH SUPERUSER = false AND LOGIN = false",
	}}}.Ask(native, "shut out the user whose password everybody knows")
	return []ferry.Task{grant, shut}
}

// member is asked of every node: it sees the whole ring, and a row that it writes and
// reads at QUORUM is also found by a read of ALL, which a node that it takes for dead
// would refuse. The row goes into a table that every ring has, and away by itself.
func (c ring) member(m personality.Machine) ferry.Probe {
	p := ferry.Probe{
		Name: "ring@" + m.Name, Node: m.Name, Deadline: startTime, Hint: c.hint(),
		Description: fmt.Sprintf("%s sees %d nodes, and a row was written and read at QUORUM", m.Name, len(c.request.Nodes)),
		Ask:         c.proof(m.Name),
	}
	if c.password {
		p.After = []string{"lock"}
	}
	if last := c.names()[len(c.names())-1]; c.joins(last) {
		p.After = append(p.After, "has@"+last)
	}
	return p
}

// proof asks a node for its view of the ring, and for a row.
func (c ring) proof(node string) *ferry.Ask {
	return cql.Script{Users: c.login(), Ring: len(c.request.Nodes), Statements: c.row(node)}.
		Ask(native, fmt.Sprintf("see %d nodes, write a row and read it", len(c.request.Nodes)))
}

const table = "system_distributed.view_build_status"

func (c ring) row(of string) []cql.Statement {
	return []cql.Statement{
		{Text: "INSERT INTO " + table + " (keyspace_name, view_name, host_id, status)" +
			" VALUES ('ferry', '" + of + "', 00000000-0000-0000-0000-000000000000, 'ready') USING TTL 60"},
		{Text: "SELECT status FROM " + table + " WHERE keyspace_name = 'ferry' AND view_name = '" + of + "'"},
		{Text: "SELECT count(*) FROM " + table, Consistency: "ALL"},
	}
}

func (c ring) smoke() ferry.Task {
	first := c.names()[0]
	return ferry.Task{
		Name: "write-and-read", Node: first, When: ferry.OnTest, Hint: c.hint(),
		Ask: c.proof(first),
	}
}

func (c ring) hint() string {
	return "the log of the process says more: ferry logs " + ferry.StackRef + " " + c.names()[0]
}
