package ferry

import "encoding/json"

// Ask is one conversation with a port of a node, in a protocol that Ferry speaks
// itself through the engine: no process is started in the node for it.
type Ask struct {
	Protocol string `json:"protocol"` // "cql"; Ferry has a speaker for each
	Port     int    `json:"port"`
	// Script is what is to be said and answered, in the protocol's own words; empty
	// where it is enough that the port is reached. It may hold secret references.
	Script json.RawMessage `json:"script,omitempty"`
	// Says is the script in one line, for people.
	Says string `json:"says,omitempty"`
}
