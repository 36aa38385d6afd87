// Package cassandraclient is the connector with cqlsh, the Python drivers and Gremlin,
// all of which find the ring and its password by themselves.
package cassandraclient

import (
	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/personality"
)

const (
	name = "cassandra-client"
	user = "ferry"
	home = "/home/" + user
)

// Personality is the Cassandra client.
type Personality struct{}

// Card says what it is.
func (Personality) Card() personality.Card {
	return personality.Card{
		Name: name, Class: ferry.Connector,
		Description: "cqlsh, Python drivers, Gremlin and a load tool",
		On:          []string{"cassandra"}, Host: name, Recipe: name,
		Args: map[string]string{"db": "taken for old files; the client finds the graph's name by itself"},
	}
}

// Nodes returns the one machine of a connector.
func (Personality) Nodes(ferry.Service) ([]personality.Shape, error) {
	return []personality.Shape{{Role: "client", MemoryMin: 128 * ferry.MiB, Memory: 512 * ferry.MiB}}, nil
}

// Describe wires the client to every backend of the stack; its tools begin in the
// first ring.
func (Personality) Describe(r personality.Request) (ferry.Blueprint, error) {
	m := r.Nodes[0]
	node := ferry.NodeBlueprint{
		Name: m.Name, Role: m.Role, Image: name, Login: user, Home: home, Env: map[string]string{},
		Volumes: personality.Home(home), Files: personality.Files(r.Beneath),
	}
	for _, e := range r.Beneath {
		if e.Personality == "cassandra" {
			node.Files = append(node.Files, files(e)...)
			node.Env = environment(e)
			break
		}
	}
	return personality.Client(node, r.Beneath), nil
}

// patience makes cqlsh work on a loaded machine. COPY sends thousands of rows at once
// by default and loses them to timeouts when the nodes are slow; with a few batches
// under way at a time it is as slow as they are, and loses none.
const patience = `timeout = 30
request_timeout = 120

[copy-from]
maxinflightmessages = 8
chunksize = 500
maxbackoffattempts = 14
requesttimeout = 120
childtimeout = 600

[copy-to]
floatprecision = 17
doubleprecision = 17
pagetimeout = 120
requesttimeout = 120
childtimeout = 600
`

// conf is root's: what lies in the user's home could be led elsewhere by a link.
const conf = "/service/conf/cassandra"

// files let cqlsh in without a word.
func files(ring ferry.Export) []ferry.File {
	v := ring.Values
	rc := "[connection]\nhostname = " + v["ip"] + "\nport = " + v["port"] + "\n" + patience
	if v["password"] == "" {
		return []ferry.File{{Path: conf + "/cqlshrc", Content: rc}}
	}
	rc += "\n[authentication]\ncredentials = " + conf + "/credentials\n"
	return []ferry.File{
		{Path: conf + "/cqlshrc", Content: rc},
		{
			Path: conf + "/credentials", Owner: user, Mode: 0o600,
			Content: "[PlainTextAuthProvider]\nusername = " + v["user"] + "\npassword = " + v["password"] + "\n",
		},
	}
}

func environment(ring ferry.Export) map[string]string {
	env := map[string]string{
		"CQLSH_HOST": ring.Values["ip"], "CQLSH_PORT": ring.Values["port"],
	}
	for _, l := range ring.Layers {
		if url := l.Values["gremlin"]; url != "" {
			env["GREMLIN_URL"] = url
			break
		}
	}
	return env
}
