package app_test

import (
	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/personality"
)

// small is a catalogue like that of the first release.
func small() []personality.Card {
	return []personality.Card{
		{Name: "gluster", Class: ferry.Storage, Host: "gluster", Client: "gluster-client"},
		{Name: "mpi", Aliases: []string{"openmpi"}, Class: ferry.Compute, On: []string{"gluster"}, Client: "mpi-client", Host: "openmpi"},
		{
			Name: "mpi-client", Aliases: []string{"openmpi-client"}, Class: ferry.Connector,
			On: []string{"mpi", "gluster"}, Host: "mpi-client",
		},
	}
}

// large has every class and every kind of pairing.
func large() []personality.Card {
	return append(small(),
		personality.Card{
			Name: "hadoop", Class: ferry.Storage, Client: "hadoop-client", MaxInstances: 1000,
			Args:   map[string]string{"replication": "copies of each block", "db": "the metastore's database"},
			Config: map[string]string{"core-site": "core-site.xml", "hdfs-site": "hdfs-site.xml"},
		},
		personality.Card{
			Name: "cassandra", Class: ferry.Storage, Client: "cassandra-client", MaxInstances: 100,
			Args: map[string]string{"trust": "no passwords"},
		},
		personality.Card{
			Name: "kafka", Class: ferry.Storage, Client: "kafka-client",
			Args: map[string]string{"profile": "fast or server", "replication": "of partitions"}, Config: map[string]string{"kafka": "server.properties"},
		},
		personality.Card{Name: "kafka-client", Class: ferry.Connector, On: []string{"kafka"}},
		personality.Card{Name: "yarn", Class: ferry.Compute, On: []string{"gluster"}, Client: "hadoop-client"},
		personality.Card{Name: "spark-like", Class: ferry.Compute, On: []string{"hadoop", "gluster"}},
		personality.Card{Name: "hive", Class: ferry.Layer, On: []string{"hadoop", "yarn"}},
		personality.Card{
			Name: "titan", Aliases: []string{"janusgraph"}, Class: ferry.Layer, On: []string{"cassandra"},
			Args: map[string]string{"db": "the graph's name"},
		},
		personality.Card{Name: "gluster-client", Class: ferry.Connector, On: []string{"gluster"}, MaxInstances: 50},
		personality.Card{Name: "hadoop-client", Class: ferry.Connector, On: []string{"hadoop", "yarn"}},
		personality.Card{Name: "cassandra-client", Class: ferry.Connector, On: []string{"cassandra"}},
		personality.Card{Name: "graph-client", Class: ferry.Connector, On: []string{"titan"}},
	)
}
