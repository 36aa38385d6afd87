// Package mpiclient is the connector that compiles and launches MPI jobs, with
// the shared volume mounted where the nodes have it.
package mpiclient

import (
	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/personality"
)

const (
	name = "mpi-client"
	user = "ferry"
	home = "/home/" + user
	// data is where shells and commands begin: what is compiled there is seen by
	// every node.
	data = "/service/data"
)

// Personality is the MPI client.
type Personality struct{}

// Card says what it is.
func (Personality) Card() personality.Card {
	return personality.Card{
		Name: name, Aliases: []string{"openmpi-client"}, Class: ferry.Connector,
		Description: "compiler, mpirun and the shared volume",
		On:          []string{"mpi", "gluster"}, Host: name, Recipe: name,
	}
}

// Nodes returns the one machine of a connector.
func (Personality) Nodes(ferry.Service) ([]personality.Shape, error) {
	return []personality.Shape{{Role: "client", MemoryMin: 128 * ferry.MiB, Memory: 1024 * ferry.MiB}}, nil
}

// Describe attaches the client to every backend of the stack.
func (Personality) Describe(r personality.Request) (ferry.Blueprint, error) {
	m := r.Nodes[0]
	node := ferry.NodeBlueprint{
		Name: m.Name, Role: m.Role, Image: name, Login: user, Home: data,
		Volumes: personality.Home(home), Files: personality.Files(r.Beneath),
	}
	return personality.Client(node, r.Beneath), nil
}
