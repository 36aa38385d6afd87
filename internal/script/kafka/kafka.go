// Package kafka is what Ferry says to a broker in Kafka's protocol, as data.
package kafka

import (
	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/script"
)

// Protocol is the name of Kafka's protocol in a ferry.Ask.
const Protocol = "kafka"

// Script is the work of one conversation with one broker.
type Script struct {
	// Brokers is how many brokers this one must name, and a controller with them.
	Brokers int `json:"brokers"`
	// Topic is written to and read back, when it is named; it is made before and deleted
	// afterwards. Records is how many are written, each acknowledged by all replicas in sync.
	Topic   string `json:"topic,omitempty"`
	Records int    `json:"records,omitempty"`
}

// Ask asks a port for the script; says is the script in one line, for people.
func (s Script) Ask(port int, says string) *ferry.Ask {
	return script.Of(Protocol, port, "Kafka: "+says, s)
}
