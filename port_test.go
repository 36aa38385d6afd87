package ferry_test

import (
	"testing"

	"github.com/ferry-project/ferry"
)

func TestPortsSayWhereTheyLead(t *testing.T) {
	for address, want := range map[string][2]string{
		"":          {"127.0.0.1:80", "127.0.0.1:80"},
		"10.0.0.7":  {"10.0.0.7:80", "10.0.0.7:80"},
		"0.0.0.0":   {"0.0.0.0:80", "127.0.0.1:80"},
		"::":        {"[::]:80", "[::1]:80"},
		"fd00::7":   {"[fd00::7]:80", "[fd00::7]:80"},
		"localhost": {"localhost:80", "localhost:80"},
	} {
		p := ferry.Port{Container: 8080, Host: 80, Address: address}
		if got := [2]string{p.Published(), p.Reach()}; got != want {
			t.Errorf("%q: got %q, want %q", address, got, want)
		}
	}
}

func TestPortRequestsReadAsInAFile(t *testing.T) {
	for want, r := range map[string]ferry.PortRequest{
		"80":                       {Container: 80},
		"8080:80":                  {Host: 8080, Container: 80},
		"10.0.0.7:8080:80":         {Address: "10.0.0.7", Host: 8080, Container: 80},
		"10.0.0.7::80":             {Address: "10.0.0.7", Container: 80},
		"[::1]:8080:80@cassandra1": {Address: "::1", Host: 8080, Container: 80, Node: "cassandra1"},
		"9042@cassandra2":          {Container: 9042, Node: "cassandra2"},
	} {
		if got := r.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
