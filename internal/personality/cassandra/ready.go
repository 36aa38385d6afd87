package cassandra

import (
	"fmt"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/personality"
)

// login is the stack's own user, nil without passwords.
func (c ring) login() []ferry.CQLUser {
	if !c.password {
		return nil
	}
	return []ferry.CQLUser{{Name: user, Password: ferry.SecretRef(c.secret(), "value")}}
}

// tasks give a new ring its one user. Cassandra begins with a user whose password
// everybody knows: it makes the stack's own and is then shut out, before the ring is
// called ready. Neither needs repeating on a resume; the users are in the data.
func (c ring) tasks() []ferry.Task {
	if !c.password {
		return nil
	}
	known := ferry.CQLUser{Name: "cassandra", Password: "cassandra"}
	at := ferry.Task{Node: c.names()[0], When: ferry.FirstStart, Timeout: startTime, Hint: c.hint()}
	grant, shut := at, at
	grant.Name = "user"
	grant.CQL = &ferry.CQL{Port: native, Users: append(c.login(), known), Statements: []ferry.CQLStatement{{
		Text: "CREATE ROLE IF NOT EXISTS " + user + " WITH SUPERUSER = true AND LOGIN = true AND PASSWORD = '" +
			ferry.SecretRef(c.secret(), "value") + "'",
	}}}
	shut.Name, shut.After = "lock", []string{"user"}
	shut.CQL = &ferry.CQL{Port: native, Users: c.login(), Statements: []ferry.CQLStatement{{
		Text: "ALTER ROLE cassandra WITH SUPERUSER = false AND LOGIN = false",
	}}}
	return []ferry.Task{grant, shut}
}

// member is asked of every node: it sees the whole ring, and a row that it writes and
// reads at QUORUM is also found by a read of ALL, which a node that it takes for dead
// would refuse. The row goes into a table that every ring has, and away by itself.
func (c ring) member(m personality.Machine) ferry.Probe {
	p := ferry.Probe{
		Name: "ring@" + m.Name, Node: m.Name, Kind: ferry.CQLProbe, Deadline: startTime, Hint: c.hint(),
		Description: fmt.Sprintf("%s sees %d nodes, and a row was written and read at QUORUM", m.Name, len(c.request.Nodes)),
		CQL: &ferry.CQL{
			Port: native, Users: c.login(), Ring: len(c.request.Nodes), Statements: c.row(m.Name),
		},
	}
	if c.password {
		p.After = []string{"lock"}
	}
	return p
}

const table = "system_distributed.view_build_status"

func (c ring) row(of string) []ferry.CQLStatement {
	return []ferry.CQLStatement{
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
		CQL: &ferry.CQL{Port: native, Users: c.login(), Ring: len(c.request.Nodes), Statements: c.row(first)},
	}
}

func (c ring) hint() string {
	return "the log of the process says more: ferry logs " + c.request.Stack + " " + c.names()[0]
}
