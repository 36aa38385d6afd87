package cassandra

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// seeds of a ring are its first six nodes, as the original had it: a node asks one of
// them who else there is.
const seeds = 6

type setting struct{ key, value string }

// yaml is cassandra.yaml of node i. What is not here takes Cassandra's own default.
func (c ring) yaml(i int) string {
	own := maps.Clone(c.request.Service.Config[name])
	var b strings.Builder
	for _, s := range c.settings(i) {
		if v, ok := own[s.key]; ok {
			s.value = v
			delete(own, s.key)
		}
		fmt.Fprintf(&b, "%s: %s\n", s.key, s.value)
	}
	for _, k := range slices.Sorted(maps.Keys(own)) {
		fmt.Fprintf(&b, "%s: %s\n", k, own[k])
	}
	return b.String()
}

func (c ring) settings(i int) []setting {
	names := c.names()
	all := []setting{
		{"cluster_name", "ferry"},
		{"num_tokens", "1"},
		{"initial_token", tokens(c.layout.founded, i+1)[i]},
		{"auto_bootstrap", strconv.FormatBool(c.joins(names[i]))}, // a founder has nobody to take data from
		{"partitioner", "org.apache.cassandra.dht.Murmur3Partitioner"},
		{"seed_provider", "[{class_name: org.apache.cassandra.locator.SimpleSeedProvider, parameters: [{seeds: \"" +
			strings.Join(c.seedsOf(names[i]), ",") + "\"}]}]"},
		{"listen_address", names[i]},
		{"rpc_address", names[i]},
		{"native_transport_port", strconv.Itoa(native)},
		{"storage_port", strconv.Itoa(storage)},
		{"endpoint_snitch", "SimpleSnitch"},
		{"data_file_directories", "[" + dataDir + "/data]"},
		{"commitlog_directory", dataDir + "/commitlog"},
		{"hints_directory", dataDir + "/hints"},
		{"saved_caches_directory", dataDir + "/saved_caches"},
		{"cdc_raw_directory", dataDir + "/cdc_raw"},
		{"default_keyspace_rf", strconv.Itoa(c.replication)},
	}
	return slices.Concat(all, c.profile.timeouts, c.sync(), c.access())
}

// sync is when a write is acknowledged: after it is on disk, alone or with those of
// the same few milliseconds, or before.
func (c ring) sync() []setting {
	switch c.durability {
	case "group":
		return []setting{{"commitlog_sync", "group"}, {"commitlog_sync_group_window", "5ms"}}
	case "periodic":
		return []setting{{"commitlog_sync", "periodic"}, {"commitlog_sync_period", "10000ms"}}
	}
	return []setting{{"commitlog_sync", "batch"}}
}

func (c ring) access() []setting {
	if !c.password {
		return []setting{{"authenticator", "AllowAllAuthenticator"}, {"authorizer", "AllowAllAuthorizer"}}
	}
	return []setting{{"authenticator", "PasswordAuthenticator"}, {"authorizer", "CassandraAuthorizer"}}
}
