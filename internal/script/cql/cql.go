// Package cql is what Ferry says to a Cassandra node in the native protocol, as data.
package cql

import (
	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/script"
)

// Protocol is the name of the native protocol in a ferry.Ask.
const Protocol = "cql"

// Script is the work of one session with one node. Passwords and statements may hold
// secret references.
type Script struct {
	// Users are tried in order until one is let in; none: no password is asked for.
	Users []User `json:"users,omitempty"`
	// Ring is how many nodes this one must see in state NORMAL, with one version of
	// the schema and none that is leaving, before the statements; 0 does not ask.
	Ring int `json:"ring,omitempty"`
	// OrMore takes more nodes than Ring for enough, and lets them leave.
	OrMore bool `json:"or_more,omitempty"`
	// Copies is how many copies of its rows a keyspace may have at most: where one has
	// more, nothing is done and it is said which; 0 does not ask.
	Copies int `json:"copies,omitempty"`
	// Statements are done in order, without waiting for the schema in between. Each
	// must be idempotent; a SELECT must return at least one row.
	Statements []Statement `json:"statements,omitempty"`
	// Agree names nodes that must have one version of the schema afterwards.
	Agree []string `json:"agree,omitempty"`
}

// User is one login.
type User struct {
	Name     string `json:"name"`
	Password string `json:"password"`
}

// Statement is one statement and the replicas that must answer: "ONE", "QUORUM"
// (also when empty) or "ALL".
type Statement struct {
	Text        string `json:"text"`
	Consistency string `json:"consistency,omitempty"`
}

// Ask asks a port for the script; says is the script in one line, for people.
func (s Script) Ask(port int, says string) *ferry.Ask {
	return script.Of(Protocol, port, "CQL: "+says, s)
}
