package main

import (
	"context"
	"net"
	"strconv"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/cql"
	"github.com/ferry-project/ferry/internal/secret"
)

// native does a plan's work in CQL in one session, as Ferry does it, but from here.
func (w work) native(ctx context.Context, node string, what ferry.CQL) func() error {
	dial := func(ctx context.Context, name string) (net.Conn, error) {
		if name == "" {
			name = node
		}
		n, _ := w.plan.Node(name)
		var d net.Dialer
		return d.DialContext(ctx, "tcp", net.JoinHostPort(n.Address, strconv.Itoa(what.Port)))
	}
	return func() error {
		filled, err := fill(what, w.values)
		if err != nil {
			return err
		}
		return cql.Do(ctx, dial, filled, func(string) {})
	}
}

// fill puts the secrets into a copy.
func fill(what ferry.CQL, v secret.Values) (ferry.CQL, error) {
	users, statements := what.Users, what.Statements
	what.Users, what.Statements = nil, nil
	for _, u := range users {
		password, err := v.Fill(u.Password)
		if err != nil {
			return what, err
		}
		what.Users = append(what.Users, ferry.CQLUser{Name: u.Name, Password: password})
	}
	for _, s := range statements {
		text, err := v.Fill(s.Text)
		if err != nil {
			return what, err
		}
		what.Statements = append(what.Statements, ferry.CQLStatement{Text: text, Consistency: s.Consistency})
	}
	return what, nil
}
