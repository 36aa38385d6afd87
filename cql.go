package ferry

import "strings"

// CQL is work that Ferry does itself in one session with one Cassandra node, over
// the native protocol through the engine: no process is started in the node for it.
// Passwords and statements may hold secret references.
type CQL struct {
	Port int `json:"port"`
	// Users are tried in order until one is let in; none: no password is asked for.
	Users []CQLUser `json:"users,omitempty"`
	// Ring is how many nodes this one must see in state NORMAL, with one version of
	// the schema, before the statements; 0 does not ask.
	Ring int `json:"ring,omitempty"`
	// Statements are done in order, without waiting for the schema in between. Each
	// must be idempotent; a SELECT must give at least one row.
	Statements []CQLStatement `json:"statements,omitempty"`
	// Agree names nodes that must have one version of the schema afterwards.
	Agree []string `json:"agree,omitempty"`
}

// CQLUser is one login.
type CQLUser struct {
	Name     string `json:"name"`
	Password string `json:"password"`
}

// CQLStatement is one statement and the replicas that must answer: "ONE",
// "QUORUM" (also when empty) or "ALL".
type CQLStatement struct {
	Text        string `json:"text"`
	Consistency string `json:"consistency,omitempty"`
}

// String is the work as a plan shows it, one line.
func (c CQL) String() string {
	texts := make([]string, len(c.Statements))
	for i, s := range c.Statements {
		texts[i] = s.Text
	}
	return "CQL: " + strings.Join(texts, "; ")
}
