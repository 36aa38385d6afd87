// Package kafkaclient is the connector with kcat, Kafka's own tools and a Python client,
// all of which find the brokers by themselves.
package kafkaclient

import (
	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/personality"
)

const (
	name = "kafka-client"
	user = "ferry"
	home = "/home/" + user
	// conf is root's: what lies in the user's home could be led elsewhere by a link.
	conf = "/service/conf/kafka/kcat.conf"
)

// Personality is the Kafka client.
type Personality struct{}

// Card says what it is.
func (Personality) Card() personality.Card {
	return personality.Card{
		Name: name, Class: ferry.Connector,
		Description: "kcat, Kafka's own tools and a Python client",
		On:          []string{"kafka"}, Host: name, Recipe: name,
	}
}

// Nodes returns the one machine of a connector.
func (Personality) Nodes(ferry.Service) ([]personality.Shape, error) {
	return []personality.Shape{{Role: "client", MemoryMin: 384 * ferry.MiB, Memory: 768 * ferry.MiB}}, nil
}

// Describe wires the client to every backend of the stack; its tools begin with the
// first cluster.
func (Personality) Describe(r personality.Request) (ferry.Blueprint, error) {
	m := r.Nodes[0]
	node := ferry.NodeBlueprint{
		Name: m.Name, Role: m.Role, Image: name, Login: user, Home: home, Volumes: personality.Home(home), Files: personality.Files(r.Beneath),
	}
	for _, e := range r.Beneath {
		if brokers := e.Values["bootstrap"]; e.Personality == "kafka" {
			node.Env = map[string]string{"KAFKA_BOOTSTRAP_SERVERS": brokers, "KCAT_CONFIG": conf}
			node.Files = append(node.Files, ferry.File{Path: conf, Content: "bootstrap.servers=" + brokers + "\n"})
			break
		}
	}
	return personality.Client(node, r.Beneath), nil
}
